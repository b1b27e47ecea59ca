"""What QuickBooks says when it refuses: one function per error code, with the words of the real API.

Belongs here: codes, messages, details and elements of faults. Must not be here: deciding when to refuse, nor the faults
of the gateway in front of QuickBooks (401, 403, 429), which the server answers.
Source: QuickBooks Online API, "Error codes"; where the detail is not documented the wording is ours.
"""

from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.http import ApiError, ApiResponse

MADE_INACTIVE = (
    "Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)
DELETED = "Another user has deleted this transaction."


class RefusalError(ApiError):
    """A refused request, raised before anything was changed. `code` is QuickBooks' error code."""

    def __init__(
        self,
        code: str,
        message: str,
        detail: str,
        element: str = "",
        kind: str = "ValidationFault",
        *,
        status: int = 400,
    ) -> None:
        self.code, self.detail = code, detail
        error = {"Message": message, "Detail": detail, "code": code, "element": element}
        body: JsonObject = {"Fault": {"Error": [error], "type": kind}}
        super().__init__(ApiResponse(status, body))

    def __str__(self) -> str:
        return f"QuickBooks fault {self.code}: {self.detail}"


def no_access() -> RefusalError:
    """The person who connected the app may not see this, or nothing of the company any more."""
    detail = ": -11014-You do not have access to use QuickBooks Online Plus."
    return RefusalError("120", "Authorization Failure", detail, kind="AuthorizationFault", status=403)


def permission_denied(what: str) -> RefusalError:
    detail = f"Permission Denied Error : You don't have permission to access {what}."
    return RefusalError("5020", "Permission Denied Error", detail)


def unsupported_operation(what: str) -> RefusalError:
    return RefusalError("500", "Unsupported Operation", f"Operation {what} is not supported.")


def duplicate_request_id(request_id: str) -> RefusalError:
    detail = f"Duplicate Request ID : The request id {request_id} was used for another request."
    return RefusalError("600", "Duplicate Request ID", detail)


def bad_request_id() -> RefusalError:
    detail = "Invalid Request Id Format : A request id has between 1 and 50 characters."
    return RefusalError("2130", "Invalid Request Id Format", detail)


def not_found(*, is_list: bool) -> RefusalError:
    """An id that is gone or never was; `is_list` for customers, items and the like."""
    return RefusalError("610", "Object Not Found", f"Object Not Found : {MADE_INACTIVE if is_list else DELETED}")


def inactive_reference() -> RefusalError:
    return RefusalError("610", "Object Not Found", f"Object Not Found : {MADE_INACTIVE}")


def bad_property(what: str = "failed to parse json object; a property") -> RefusalError:
    detail = f"Property Name:{what} specified is unsupported or invalid"
    return RefusalError("2010", "Request has invalid or unsupported property", detail)


def wrong_type(path: str, expected: str, given: str) -> RefusalError:
    return bad_property(f"Can not instantiate value of type {expected} from {given} ({path}); a property")


def missing(element: str) -> RefusalError:
    message = "Required param missing, need to supply the required value for the API"
    return RefusalError("2020", message, f"Required parameter {element} is missing in the request", element)


def bad_id(value: str) -> RefusalError:
    return RefusalError("2030", "Invalid ID", f"Invalid ID : {value}", "Id")


def bad_name(element: str) -> RefusalError:
    detail = f"Invalid String : {element} must not contain a colon, tab or new line"
    return RefusalError("2040", "Invalid String", detail, element)


def bad_length(element: str, least: int, most: int, supplied: int) -> RefusalError:
    message = "String length is either shorter or longer than supported by specification"
    lengths = f"Min:{least:,} Max:{most:,} supported. Supplied length:{supplied:,}"
    detail = f"String length specified does not match the supported length. {lengths}"
    return RefusalError("2050", message, detail, element)


def bad_date(element: str, value: str) -> RefusalError:
    return RefusalError("2060", "Invalid Date format", f"Invalid Date format : {value}", element)


def bad_number(element: str, value: object) -> RefusalError:
    return RefusalError("2090", "Invalid Number", f"Invalid Number : {value}", element)


def bad_enumeration(value: str) -> RefusalError:
    return RefusalError("2170", "Invalid Enumeration", f"Invalid Enumeration : {value}")


def bad_email(element: str, value: str) -> RefusalError:
    detail = f"Invalid Email Address format : {value} is not an address as in RFC 822"
    return RefusalError("2210", "Invalid Email Address format", detail, element)


def missing_exchange_rate() -> RefusalError:
    # The misspelling is the API's own.
    text = "Curreny, ExchangeRate is missing."
    return RefusalError("2410", text, text)


def bad_reference(family: str, reference: str) -> RefusalError:
    """`family` is QuickBooks' word for the list: Names, Accounts, Items, Terms, Klasses, Depts."""
    detail = f"Invalid Reference Id : {family} element id {reference} not found"
    return RefusalError("2500", "Invalid Reference Id", detail)


def query_not_parsed(detail: str) -> RefusalError:
    return RefusalError("4000", "Error parsing query", f"QueryParserError: {detail}")


def query_not_valid(detail: str) -> RefusalError:
    return RefusalError("4001", "Invalid query", f"QueryValidationError: {detail}")


def stale() -> RefusalError:
    detail = (
        "Stale Object Error : You and root were working on this at the same time. "
        "root finished before you did, so your work was not saved."
    )
    return RefusalError("5010", "Stale Object Error", detail)


def feature_not_supported(what: str) -> RefusalError:
    detail = f"Feature Not Supported Error : {what} is not turned on for this company."
    return RefusalError("5030", "Feature Not Supported Error", detail)


def business(sentence: str) -> RefusalError:
    message = "A business validation error has occurred while processing your request"
    return RefusalError("6000", message, f"Business Validation Error: {sentence}")


def wrong_currency(whose: str) -> RefusalError:
    return business(f"The currency of the transaction is invalid for {whose}.")


def wrong_amount(amount: Decimal) -> RefusalError:
    shown = f"{amount.normalize():,f}"
    detail = f"Amount is not equal to UnitPrice * Qty. Supplied value:{shown}"
    return RefusalError("6070", "Amount calculation incorrect in the request.", detail, "Line.Amount")


def no_name() -> RefusalError:
    detail = "No name provided : Title, GivenName, MiddleName, FamilyName, Suffix or DisplayName is required."
    return RefusalError("6080", "No name provided", detail)


def bad_line_tax_code(code: str) -> RefusalError:
    detail = f"Invalid Line TaxCode : {code} is not allowed on a line, only TAX and NON are"
    return RefusalError("6100", "Invalid Line TaxCode", detail, "TaxCodeRef")


def duplicate_number(number: str, kind: str, transaction_id: str) -> RefusalError:
    message = "Duplicate Document Number Error"
    detail = (
        f"{message} : You must specify a different number. This number has already been used. "
        f"DocNumber={number} is assigned to TxnType={kind} with TxnId={transaction_id}"
    )
    return RefusalError("6140", message, detail)


def parent_required() -> RefusalError:
    detail = "ParentRef required : A job needs both Job true and a ParentRef, and so does a ParentRef need Job true."
    return RefusalError("6150", "ParentRef required", detail, "ParentRef")


def too_many_levels() -> RefusalError:
    detail = "Maximum levels exceeded : A hierarchy can have no more than 5 levels."
    return RefusalError("6180", "Maximum levels exceeded", detail, "ParentRef")


def subscription_ended() -> RefusalError:
    detail = (
        "Subscription period has ended or canceled or there was a billing problem : You can't add data to QuickBooks "
        "Online Plus because your trial or subscription period ended, you canceled your subscription, or there was a "
        "billing problem. To see or change your subscription status, click 'Your Account' at the upper-right of the "
        "screen, and click on Resubscribe link or contact your administrator."
    )
    return RefusalError("6190", "Invalid Company Status", detail)


def books_closed() -> RefusalError:
    # The doubled word is the API's own.
    detail = (
        "The account period has closed and the account books cannot be updated through through the QBO Services API. "
        "Please use the QBO website to make these changes."
    )
    return RefusalError("6210", "Account Period Closed, Cannot Update Through Services API", detail)


def has_balance(noun: str) -> RefusalError:
    detail = (
        "The entity you are trying to delete has an open balance. : "
        f"This {noun} cannot be deleted because it has a non-zero balance"
    )
    return RefusalError("6220", "Delete List Has Balance Error", detail)


def duplicate_name(owners: str) -> RefusalError:
    """`owners` names the lists a name is unique over, e.g. `customer, vendor or employee`."""
    detail = (
        f"The name supplied already exists. : Another {owners} is already using this name. Please use a different name."
    )
    return RefusalError("6240", "Duplicate Name Exists Error", detail)


def email_required() -> RefusalError:
    detail = "Email address is required : BillEmail is needed when EmailStatus is NeedToSend."
    return RefusalError("6420", "Email address is required", detail, "BillEmail")


def wrong_account_type(element: str) -> RefusalError:
    detail = f"Invalid account type used : {element} refers to an account of another type."
    return RefusalError("6430", "Invalid account type used", detail, element)
