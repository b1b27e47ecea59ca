"""Contacts' tables as Dagster assets: who is who.

Belongs here: the shell. Must not be here: what is planned or posted of them (`automation`).
"""

from harvest_qb_pipeline.contacts.candidates import steps
from harvest_qb_pipeline.warehouse.dagster import sql_assets

ASSETS = sql_assets("contacts", steps())
