"""Shapes that several of QuickBooks' entities share: addresses, e-mail, telephone, meta data, envelopes.

Belongs here: tables of properties. Must not be here: behaviour.
Source: QuickBooks Online API reference, attributes of each entity; the XML schema for names taken and ignored.
"""

from harvest_qb_pipeline.sandbox.quickbooks.properties import Shape, shape

COMMON = """
    Id          text      RO F S
    SyncToken   text      RO
    MetaData    {MetaData} RO
    domain      text      RO
    sparse      boolean   RO
    status      text      RO
"""

_LEAVES = (
    shape(
        "MetaData",
        """
        CreateTime      datetime RO F S
        LastUpdatedTime datetime RO F S
        """,
        ignored="LastChangedInQB Synchronized CreatedByRef LastModifiedByRef",
    ),
    shape("EmailAddress", "Address text <=100", ignored="Id Default Tag"),
    shape(
        "TelephoneNumber",
        "FreeFormNumber text <=30",
        ignored="Id DeviceType CountryCode AreaCode ExchangeCode Extension Default Tag",
    ),
    shape(
        "ShortTelephoneNumber",
        "FreeFormNumber text <=20",
        ignored="Id DeviceType CountryCode AreaCode ExchangeCode Extension Default Tag",
    ),
    shape("WebSiteAddress", "URI text <=1000", ignored="Id Default Tag"),
    shape("MemoRef", "value text <=1000", ignored="id"),
    shape("NameValue", "Name text\nValue text"),
    shape(
        "PhysicalAddress",
        """
        Id                     text RO
        Line1                  text <=500
        Line2                  text <=500
        Line3                  text <=500
        Line4                  text <=500
        Line5                  text <=500
        City                   text <=255
        Country                text <=255
        CountrySubDivisionCode text <=255
        PostalCode             text <=30
        Lat                    text RO
        Long                   text RO
        """,
        ignored="CountryCode CountrySubDivision PostalCodeSuffix Note Tag",
    ),
)
SHAPES: dict[str, Shape] = {leaf.name: leaf for leaf in _LEAVES}
EMAIL, ADDRESS = SHAPES["EmailAddress"], SHAPES["PhysicalAddress"]
"""Shapes whose values are checked beyond their lengths."""
