"""QuickBooks' interface of one company without a server: requests go straight to its handlers."""

from datetime import UTC, datetime
from typing import Any

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.sandbox.clock import Clock
from harvest_qb_pipeline.sandbox.company import Company, Credentials
from harvest_qb_pipeline.sandbox.http import ApiRequest, ApiResponse, encode
from harvest_qb_pipeline.sandbox.quickbooks.books import QuickBooksBooks
from harvest_qb_pipeline.sandbox.quickbooks.routes import routes

Answer = tuple[int, Any]
ROUTES = routes()
NOW = datetime(2026, 11, 3, 17, 0, 0, tzinfo=UTC)
JSON_HEADERS = {"accept": "application/json", "content-type": "application/json"}


class Api:
    """A company at 9 a.m. in Los Angeles on 3 November 2026, with a small chart: ids are counted up from 1.

    Accounts 1 A/R, 2 Undeposited Funds, 3 Services (income), 4 Checking; items 1 Services, 2 Consulting;
    terms 1 Net 30, 2 Due on receipt; customer 1 Acme.
    """

    def __init__(self, **switches: Any) -> None:
        self.company = Company(
            "demo", Credentials.numbered("demo", 0), clock=Clock(frozen_at=NOW.timestamp()),
            timezone="America/Los_Angeles",
        )  # fmt: skip
        self.company.switches.update(switches)
        for name, kind, sub_type in (
            ("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
            ("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
            ("Services", "Income", "ServiceFeeIncome"),
            ("Checking", "Bank", "Checking"),
        ):
            self.books.ui_create("Account", {"Name": name, "AccountType": kind, "AccountSubType": sub_type})
        for name in ("Services", "Consulting"):
            self.books.ui_create("Item", {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": "3"}})
        self.books.ui_create("Term", {"Name": "Net 30", "DueDays": 30})
        self.books.ui_create("Term", {"Name": "Due on receipt", "DueDays": 0})
        self.books.ui_create("Customer", {"DisplayName": "Acme"})

    @property
    def books(self) -> QuickBooksBooks:
        return self.company.quickbooks

    def send(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **params: str
    ) -> ApiResponse:
        content = body if isinstance(body, bytes) else b"" if body is None else encode(body)
        request = ApiRequest(method, path, list(params.items()), headers or JSON_HEADERS, content)
        answer = ROUTES.answer(self.books, request, path)
        assert answer is not None, f"nothing answers {method} {path}"
        return answer

    def get(self, path: str, **params: str) -> Answer:
        return _read(self.send("GET", path, **params))

    def post(self, path: str, body: Any, **params: str) -> Answer:
        return _read(self.send("POST", path, body, **params))

    def ok(self, path: str, body: Any, **params: str) -> Any:
        """The object a successful POST answers."""
        status, answer = self.post(path, body, **params)
        assert status == 200, answer
        (name,) = set(answer) - {"time"}
        return answer[name]

    def read(self, path: str) -> Any:
        status, answer = self.get(path)
        assert status == 200, answer
        (name,) = set(answer) - {"time"}
        return answer[name]

    def query(self, statement: str) -> Any:
        """The QueryResponse of a statement that is fine."""
        status, answer = self.get("/query", query=statement)
        assert status == 200, answer
        return answer["QueryResponse"]

    def ids(self, statement: str) -> list[str]:
        """Ids of the rows of a query, in order."""
        rows = [value for value in self.query(statement).values() if isinstance(value, list)]
        return [row["Id"] for row in rows[0]] if rows else []

    def fault(self, path: str, body: Any, **params: str) -> Answer:
        """Status and the first error of a refused POST, without its envelope."""
        status, answer = self.post(path, body, **params)
        return status, answer["Fault"]["Error"][0]

    def code(self, path: str, body: Any, **params: str) -> str:
        return self.fault(path, body, **params)[1]["code"]

    def invoice(self, amount: Any = 100, **more: Any) -> dict[str, Any]:
        """The body of an invoice for Acme with one line."""
        return {"CustomerRef": {"value": "1"}, "Line": [line(amount)], **more}


def line(amount: Any, **detail: Any) -> dict[str, Any]:
    return {
        "DetailType": "SalesItemLineDetail",
        "Amount": amount,
        "SalesItemLineDetail": {"ItemRef": {"value": "1"}, **detail},
    }


def _read(answer: ApiResponse) -> Answer:
    return answer.status, jsontext.loads(answer.content())
