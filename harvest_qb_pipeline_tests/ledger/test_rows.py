"""Values are mapped to rows by name, so that a column is said in one place."""

from dataclasses import fields

from harvest_qb_pipeline.ledger import tables
from harvest_qb_pipeline.ledger.model import Source, StoredPosting


def test_every_field_of_a_posting_is_a_column_or_read_beside_it() -> None:
    names = {field.name for field in fields(StoredPosting)}
    assert names - set(tables.postings.columns.keys()) == {"sources", "extra"}


def test_the_fields_of_a_source_follow_its_document_in_the_order_of_the_columns() -> None:
    names = [{"type": "source_type", "id": "source_id"}.get(field.name, field.name) for field in fields(Source)]
    assert ["document_id", "ordinal", *names] == tables.sources.columns.keys()
