"""The people, clients and projects that every made-up agency has: the cast that carries the instructive cases.

Belongs here: the fixed literals, each case said beside it. Must not be here: what is drawn at random (`generator`,
`diary`), nor the books of account (`chart`).
"""

from datetime import date
from decimal import Decimal

from harvest_qb_pipeline.sandbox.seed.values import (
    Address,
    AgencyClient,
    AgencyContact,
    AgencyProject,
    AgencyTask,
    Approval,
    Category,
    Customer,
    Person,
    Rate,
)

AGENCY_NAME = "Alder & Finch Studio"
AGENCY_DOMAIN = "alderfinch"
AGENCY_ADDRESS = Address("118 Wickenden St", "Providence", "RI", "02903")

DESIGN, DEVELOPMENT, COPYWRITING, STRATEGY, MANAGEMENT, TESTING, MEETINGS, TRAVEL, INTERNAL = range(9)

TASKS = (
    AgencyTask(DESIGN, "Design", True, Decimal(140), "Design"),
    AgencyTask(DEVELOPMENT, "Development", True, Decimal(165), "Development"),
    AgencyTask(COPYWRITING, "Copywriting", True, Decimal(110), "Copywriting"),
    AgencyTask(STRATEGY, "Strategy & Research", True, Decimal(185), "Consulting"),
    AgencyTask(MANAGEMENT, "Project Management", True, Decimal(150), "Project Management"),
    AgencyTask(TESTING, "QA & Testing", True, Decimal(120), "QA Testing"),
    AgencyTask(MEETINGS, "Client Meetings", True, Decimal(150), "Consulting"),
    AgencyTask(TRAVEL, "Travel Time", False, None, "Services"),
    AgencyTask(INTERNAL, "Internal", False, None, "Services"),
)

OWNER, ACCOUNTS, LEAD, DESIGNER, DEVELOPER, WRITER, FREELANCER, NEWCOMER, LEAVER = range(9)


def _rates(*amounts: int) -> tuple[Rate, ...]:
    return tuple(Rate(None, Decimal(amount)) for amount in amounts)


def people(new_since: date, raise_on: date, left_on: date) -> tuple[Person, ...]:
    """The nine of the studio: one joined on `new_since` without a rate, one got a raise, one left on `left_on`."""
    craft = ("member",)
    return (
        Person(OWNER, "Margaret", "Okafor", "margaret@alderfinch.example", "Partner", ("administrator",), _rates(225),
               Decimal(95), ("Strategy & Research", "Client Meetings"), weekly_hours=30),
        Person(ACCOUNTS, "Dana", "Whitfield", "dana@alderfinch.example", "Account Director",
               ("manager", "billable_rates_manager", "managed_projects_invoice_drafter"), _rates(185), Decimal(72),
               ("Project Management", "Client Meetings", "Strategy & Research")),
        # A raise in the middle of a month: its bills at personal rates have two rates of one person.
        Person(LEAD, "Luis", "Ortega", "luis@alderfinch.example", "Lead Developer", ("manager", "project_creator"),
               (Rate(None, Decimal(160)), Rate(raise_on, Decimal(170))), Decimal(68),
               ("Development", "QA & Testing", "Client Meetings"), uses_timer=True),
        Person(DESIGNER, "Priya", "Raman", "priya@alderfinch.example", "Senior Designer", craft, _rates(145),
               Decimal(58), ("Design", "Strategy & Research")),
        Person(DEVELOPER, "Tom", "Brandt", "tom@alderfinch.example", "Developer", craft, _rates(150), Decimal(55),
               ("Development", "QA & Testing")),
        Person(WRITER, "Hannah", "Kowalski", "hannah.kowalski@inkwell.example", "Copywriter", craft, _rates(110),
               Decimal(65), ("Copywriting", "Strategy & Research"), is_contractor=True, weekly_hours=24),
        Person(FREELANCER, "Jae-won", "Park", "jw@parkcodes.example", "Developer", craft, _rates(135), Decimal(80),
               ("Development", "QA & Testing"), is_contractor=True, uses_timer=True, weekly_hours=32),
        # Nobody entered a rate when she joined: her time on person-rate projects has none (rule 14).
        Person(NEWCOMER, "Sofia", "Lindqvist", "sofia@alderfinch.example", "Brand Strategist", craft, (), Decimal(52),
               ("Strategy & Research", "Client Meetings"), joined_on=new_since),
        Person(LEAVER, "Ben", "Castillo", "ben@alderfinch.example", "Designer", craft, _rates(130), Decimal(48),
               ("Design",), left_on=left_on),
    )  # fmt: skip


def _client(
    key: int, name: str, customer: str | None, term: str, address: Address, contact: AgencyContact | None = None,
    currency: str = "USD", is_active: bool = True, has_left_books: bool = False, is_new: bool = False,
) -> AgencyClient:  # fmt: skip
    contacts = (contact,) if contact else ()
    return AgencyClient(key, name, currency, address, contacts, customer, term, is_active, has_left_books, is_new)


(
    BLUEBIRD, LUMIERE, MARLOW, OSTRANDER, TIDEWATER, GREENLINE, PINNACLE, SUMMIT, JUNIPER, NORD, REDWOOD, FERN, HARLAN,
    KESTREL, STUDIO, OLD_MILL,
) = range(16)  # fmt: skip

CLIENTS = (
    _client(BLUEBIRD, "Bluebird Coffee Roasters", "Bluebird Coffee Roasters", "Net 30",
            Address("88 SE Stark St", "Portland", "OR", "97214"),
            AgencyContact("Nora", "Delgado", "Marketing Manager", "nora@bluebirdcoffee.example", "503-555-0142")),
    # Accents, case and one legal form written two ways: the same company.
    _client(LUMIERE, "Café Lumière Ltd", "CAFE LUMIERE LIMITED", "Net 15",
            Address("12 Rue Street", "New Orleans", "LA", "70112"),
            AgencyContact("Étienne", "Broussard", "Owner", "etienne@cafelumiere.example", "504-555-0127")),
    # An ampersand here, "and" there.
    _client(MARLOW, "Marlow & Sons Publishing", "Marlow and Sons Publishing", "Net 30",
            Address("401 Beacon St", "Boston", "MA", "02115"),
            AgencyContact("Ruth", "Marlow", "Editor in Chief", "ruth@marlowbooks.example", "617-555-0164")),
    # Punctuation only.
    _client(OSTRANDER, "Ostrander Legal LLP", "Ostrander Legal, L.L.P.", "Net 30",
            Address("200 S Wacker Dr", "Chicago", "IL", "60606"),
            AgencyContact("Graham", "Ostrander", "Managing Partner", "graham@ostranderlegal.example", "312-555-0181")),
    _client(TIDEWATER, "Tidewater Credit Union", "Tidewater Credit Union", "Net 60",
            Address("15 Harbor Way", "Norfolk", "VA", "23510"),
            AgencyContact("Camille", "Foster", "VP Digital", "cfoster@tidewatercu.example", "757-555-0119")),
    _client(GREENLINE, "Greenline Transit Authority", "Greenline Transit Authority", "Net 60",
            Address("900 Commerce Blvd", "Sacramento", "CA", "95814"),
            AgencyContact("Oscar", "Nguyen", "Communications", "onguyen@greenline.example", "916-555-0133")),
    # Its QuickBooks customer was made inactive.
    _client(PINNACLE, "Pinnacle Outdoor Co.", "Pinnacle Outdoor Co.", "Net 30",
            Address("7 Trailhead Rd", "Boulder", "CO", "80302"),
            AgencyContact("Wade", "Larkin", "Founder", "wade@pinnacleoutdoor.example", "303-555-0171"),
            has_left_books=True),
    # Two customers in QuickBooks bear almost this name (see `EXTRA_CUSTOMERS`): ambiguous.
    _client(SUMMIT, "Summit Dental Group", None, "Net 30", Address("63 Elm Ave", "Provo", "UT", "84601"),
            AgencyContact("Alan", "Reyes", "Practice Manager", "alan@summitdental.example", "801-555-0159"),
            is_new=True),
    # Not in QuickBooks yet: the first bill creates it.
    _client(JUNIPER, "Juniper Health Foundation", None, "Net 30",
            Address("3100 Medical Center Dr", "Minneapolis", "MN", "55414"),
            AgencyContact("Dr. Leah", "Abrams", "Director", "leah.abrams@juniperhealth.example", "612-555-0112"),
            is_new=True),
    _client(NORD, "Atelier Nord GmbH", "Atelier Nord GmbH", "Net 30",
            Address("Torstraße 61", "Berlin", "", "10119", "Germany"),
            AgencyContact("Jürgen", "Weiß", "Geschäftsführer", "weiss@ateliernord.example", "+49 30 5550166"),
            currency="EUR"),
    _client(REDWOOD, "Redwood Analytics", "Redwood Analytics", "Net 30",
            Address("548 Market St", "San Francisco", "CA", "94104"),
            AgencyContact("Imani", "Brooks", "Head of Product", "imani@redwoodanalytics.example", "415-555-0148")),
    _client(FERN, "Fern & Fable Bookshop", "Fern & Fable Bookshop", "Due on receipt",
            Address("27 Main St", "Asheville", "NC", "28801"),
            AgencyContact("Tess", "O'Rourke", "Owner", "tess@fernandfable.example", "828-555-0195")),
    _client(HARLAN, "Harlan Freight Systems Inc", "Harlan Freight Systems, Inc.", "Net 30",
            Address("4400 Terminal Rd", "Tulsa", "OK", "74115"),
            AgencyContact("Mike", "Harlan", "COO", "mharlan@harlanfreight.example", "918-555-0107")),
    # QuickBooks has "Kestrel Aviation Services": similar, and perhaps another company.
    _client(KESTREL, "Kestrel Aviation", None, "Net 30", Address("1 Hangar Ln", "Wichita", "KS", "67209"),
            AgencyContact("Moira", "Stanton", "Operations", "moira@kestrelaviation.example", "316-555-0140"),
            is_new=True),
    _client(STUDIO, "Alder & Finch (internal)", None, "Due on receipt", AGENCY_ADDRESS),
    _client(OLD_MILL, "Old Mill Brewing", "Old Mill Brewing", "Net 30", Address("5 Mill Rd", "Bend", "OR", "97701"),
            AgencyContact("Gus", "Hadley", "Brewmaster", "gus@oldmillbrewing.example", "541-555-0122"),
            is_active=False),
)  # fmt: skip

EXTRA_CUSTOMERS = (
    Customer("Summit Dental Group, Inc.", "Summit Dental Group, Inc.", "USD",
             Address("63 Elm Ave", "Provo", "UT", "84601"), "Net 30"),
    Customer("Summit Dental Group LLC", "Summit Dental Group LLC", "USD",
             Address("910 Canyon Rd", "Ogden", "UT", "84401"), "Net 30"),
    Customer("Kestrel Aviation Services", "Kestrel Aviation Services", "USD",
             Address("77 Airport Rd", "Omaha", "NE", "68110"), "Net 30"),
    Customer("Stonebridge Property Management", "Stonebridge Property Management", "USD",
             Address("18 Quarry Ln", "Portland", "OR", "97201"), "Due on receipt", "office@stonebridge.example"),
    Customer("Greenline Wayfinding", "Greenline Transit Authority", "USD", None, "Net 60",
             parent="Greenline Transit Authority"),
)  # fmt: skip
"""Customers of QuickBooks that no Harvest client is the twin of."""

CATEGORIES = (
    Category(0, "Transportation"),
    Category(1, "Lodging"),
    Category(2, "Meals"),
    Category(3, "Stock Photography & Fonts"),
    Category(4, "Mileage", "mile", Decimal("0.725")),
)

_BUILD = (DEVELOPMENT, DESIGN, TESTING, MANAGEMENT, MEETINGS)
_BRAND = (DESIGN, COPYWRITING, STRATEGY, MEETINGS)
_EVERY = (DESIGN, DEVELOPMENT, COPYWRITING, STRATEGY, MANAGEMENT, TESTING, MEETINGS)


def _task_rates(*rates: tuple[int, str]) -> tuple[tuple[int, Decimal], ...]:
    return tuple((task, Decimal(rate)) for task, rate in rates)


STORE, LUMIERE_SITE, GREENLINE_PLATFORM = 0, 1, 6
"""Keys of the projects that carry a case by name."""

PROJECTS = (
    AgencyProject(STORE, BLUEBIRD, "Online Store Relaunch", "BLU-01", "project", (*_BUILD, TRAVEL),
            (LEAD, DESIGNER, DEVELOPER, FREELANCER, ACCOUNTS, LEAVER), rate=Decimal(155), weight=18),
    AgencyProject(LUMIERE_SITE, LUMIERE, "Menu & Reservations Site", "CAF-01", "tasks", (*_BUILD, COPYWRITING),
            (DESIGNER, DEVELOPER, WRITER, ACCOUNTS),
            task_rates=_task_rates((DEVELOPMENT, "150"), (DESIGN, "135"), (TESTING, "95"), (MANAGEMENT, "125"),
                                   (MEETINGS, "125"), (COPYWRITING, "97.50")), weight=12),
    AgencyProject(2, MARLOW, "Spring Catalogue", "", "tasks", _BRAND, (DESIGNER, WRITER, ACCOUNTS, LEAVER),
            task_rates=_task_rates((DESIGN, "130"), (COPYWRITING, "105"), (STRATEGY, "160"), (MEETINGS, "130"))),
    AgencyProject(3, OSTRANDER, "Practice Site & Intake Forms", "OST-02", "people", _EVERY,
            (OWNER, ACCOUNTS, LEAD, DESIGNER, WRITER), person_rates=((OWNER, Decimal(250)),), weight=14),
    AgencyProject(4, TIDEWATER, "Digital Banking Support", "TCU-SUP", "project", _BUILD, (LEAD, DEVELOPER, FREELANCER),
            rate=Decimal("162.50"), weight=12),
    # A fee without a schedule: one hold (rule 15).
    AgencyProject(5, TIDEWATER, "Member App Discovery", "TCU-DISC", "fixed", _EVERY, (OWNER, ACCOUNTS, DESIGNER),
            fee=Decimal(48000), weight=8),
    # The last week of the month before this one is not approved for two people.
    AgencyProject(GREENLINE_PLATFORM, GREENLINE, "Rider Information Platform", "GTA-11", "project", _BUILD,
            (LEAD, DEVELOPER, FREELANCER, ACCOUNTS), rate=Decimal(148), weight=16),
    AgencyProject(7, PINNACLE, "Trail Guide Refresh", "PIN-04", "project", _BRAND, (DESIGNER, WRITER),
            rate=Decimal(125),
            weight=5),
    AgencyProject(8, SUMMIT, "Patient Portal Copy", "", "people", _BRAND, (WRITER, ACCOUNTS), weight=5),
    AgencyProject(9, JUNIPER, "Annual Report", "JHF-25", "project", _BRAND, (OWNER, DESIGNER, WRITER),
            rate=Decimal(115)),
    AgencyProject(10, NORD, "Markenauftritt", "ATN-01", "project", _BRAND, (DESIGNER, WRITER, OWNER), rate=Decimal(120),
            weight=6),
    # The newcomer without a rate works here.
    AgencyProject(11, REDWOOD, "Insight Dashboard", "RWD-07", "people", _EVERY, (LEAD, FREELANCER, ACCOUNTS, NEWCOMER),
            weight=12),
    AgencyProject(12, FERN, "Holiday Campaign", "FNF-02", "tasks", (*_BRAND, TRAVEL), (WRITER, OWNER, DESIGNER,
            NEWCOMER),
            task_rates=_task_rates((DESIGN, "120"), (COPYWRITING, "95"), (STRATEGY, "140"), (MEETINGS, "110")),
            weight=9),
    # Meetings are included in the rate here: a billable task that is not billable on this project.
    AgencyProject(13, HARLAN, "Dispatch Console", "HFS-03", "project", _BUILD, (LEAD, FREELANCER, DEVELOPER),
            rate=Decimal(170), free_tasks=frozenset({MEETINGS}), weight=14),
    AgencyProject(14, KESTREL, "Charter Booking Prototype", "KES-01", "project", _BUILD, (DEVELOPER, FREELANCER),
            rate=Decimal(145), weight=5),
    AgencyProject(15, STUDIO, "Studio Operations", "INT", "none", (INTERNAL, MEETINGS),
            (OWNER, ACCOUNTS, LEAD, DESIGNER, DEVELOPER, NEWCOMER), weight=7),
    # Free work for a good cause, on a client that is otherwise billed.
    AgencyProject(16, JUNIPER, "Volunteer Day (pro bono)", "JHF-PB", "none", _BRAND, (OWNER, DESIGNER, NEWCOMER),
            weight=2),
    AgencyProject(17, OLD_MILL, "Taproom Posters", "OMB-01", "project", _BRAND, (DESIGNER, WRITER, LEAVER),
            rate=Decimal(110),
            weight=6, is_active=False),
)  # fmt: skip

UNAPPROVED: dict[tuple[int, int], Approval] = {
    (DEVELOPER, GREENLINE_PLATFORM): "unsubmitted",
    (FREELANCER, GREENLINE_PLATFORM): "submitted",
}
"""Person and project whose last week of the month before this one is still waiting, and how far it got."""
