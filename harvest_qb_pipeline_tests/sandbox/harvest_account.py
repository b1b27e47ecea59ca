"""A small Harvest account in this process, without server, for tests of the twin's rules: a frozen clock, known ids.

One client (Acme, USD) with three projects, billed by project (100.00), by task (Design 80.00, Review 0 rate) and by
person; two people: Ann, administrator, 150.00; Bob, member, no rate.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import parse_qsl

from harvest_qb_pipeline import jsontext
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.company import Company, Credentials
from harvest_qb_pipeline.sandbox.harvest.books import HarvestBooks
from harvest_qb_pipeline.sandbox.harvest.routes import routes
from harvest_qb_pipeline.sandbox.http import ApiRequest, ApiResponse, encode

ROUTES = routes()
NOW = datetime(2026, 11, 3, 17, 0, tzinfo=UTC)
OCTOBER = {"from": "2026-10-01", "to": "2026-10-31"}


class RefusedError(AssertionError):
    """The twin answered with an error; `status` and `body` are what it said."""

    def __init__(self, answer: ApiResponse) -> None:
        super().__init__(f"{answer.status} {answer.body}")
        self.status, self.body, self.headers = answer.status, answer.body, answer.headers


class Account:
    def __init__(self, **switches: Json) -> None:
        self.company = Company("demo", Credentials.numbered("demo", 0))
        self.company.clock.set(NOW)
        self.company.clock.freeze()
        self.company.switches.update(switches)
        books = self.books = HarvestBooks(self.company)
        self.company.__dict__["harvest"] = books
        self.ann = books.add_user("Ann", "Abel", rate=Decimal("150"), cost_rate="60", access_roles=["administrator"]).id
        self.bob = books.add_user("Bob", "Berg").id
        self.acme = books.add_client("Acme", address="1 Main St").id
        self.design = books.add_task("Design").id
        self.review = books.add_task("Review").id
        self.admin_work = books.add_task("Admin", billable_by_default=False).id
        self.web = self.add_project("Web", code="WEB", bill_by="Project", hourly_rate="100")
        self.app = self.add_project("App", bill_by="Tasks")
        self.advice = self.add_project("Advice", bill_by="People")
        books.task_assignment_of[self.app, self.design].hourly_rate = Decimal("80")
        books.add_invoice_item_category("Service", use_as_service=True)
        books.add_invoice_item_category("Product", use_as_expense=True)

    def add_project(self, name: str, **fields: Json) -> int:
        project_id = self.books.add_project(self.acme, name, **fields).id
        for task_id in (self.design, self.review, self.admin_work):
            self.books.assign_task(project_id, task_id)
        for user_id in (self.ann, self.bob):
            self.books.assign_user(project_id, user_id)
        return project_id

    def log(
        self,
        hours: str,
        day: str = "2026-10-05",
        *,
        project: int | None = None,
        task: int | None = None,
        user: int | None = None,
        **fields: Json,
    ) -> int:
        """An entry of Ann on Web, Design, unless told otherwise; its id."""
        entry = self.books.add_time_entry(
            user or self.ann,
            project or self.web,
            task or self.design,
            date.fromisoformat(day),
            Decimal(hours),
            **fields,
        )
        return entry.id

    def ask(self, method: str, path: str, body: Json = None, *, actor: str = "administrator") -> ApiResponse:
        """The raw answer."""
        path, _, query = path.partition("?")
        request = ApiRequest(
            method,
            path,
            parse_qsl(query, keep_blank_values=True),
            {},
            b"" if body is None else encode(body),
            base_url="http://sandbox/harvest/v2",
            actor=actor,
        )
        answer = ROUTES.answer(self.books, request, path)
        assert answer is not None, f"no route for {method} {path}"
        return answer

    def call(self, method: str, path: str, body: Json = None, *, actor: str = "administrator") -> Json:
        """The answer's value as a client reads it. Raises `RefusedError` unless it is 2xx."""
        answer = self.ask(method, path, body, actor=actor)
        if answer.status >= 300:
            raise RefusedError(answer)
        return jsontext.loads(answer.content())

    def get(self, path: str, *, actor: str = "administrator") -> Json:
        return self.call("GET", path, actor=actor)

    def rows(self, path: str, key: str, *, actor: str = "administrator") -> list[JsonObject]:
        """All rows of a list, page after page by `links.next`."""
        page = self.get(path, actor=actor)
        found = list(page[key])
        while page["links"]["next"]:
            page = self.get(page["links"]["next"].removeprefix("http://sandbox/harvest/v2"), actor=actor)
            found += page[key]
        return found

    def entry(self, entry_id: int) -> JsonObject:
        return self.get(f"/time_entries/{entry_id}")

    def invoice(self, **fields: Json) -> JsonObject:
        return self.call("POST", "/invoices", {"client_id": self.acme, **fields})

    def bill(
        self, *projects: int, summary: str = "task", window: Mapping[str, str] = OCTOBER, **fields: Json
    ) -> JsonObject:
        """An invoice by import of the projects' time of October."""
        wanted = {"project_ids": list(projects or [self.web]), "time": {"summary_type": summary, **window}}
        return self.invoice(line_items_import=wanted, **fields)

    def later(self, seconds: float = 60) -> None:
        self.company.clock.advance(seconds)


def refusal(account: Account, method: str, path: str, body: Json = None, *, actor: str = "administrator") -> JsonObject:
    """Status and body of an answer that must be an error."""
    answer = account.ask(method, path, body, actor=actor)
    assert answer.status >= 400
    return {"status": answer.status, "body": jsontext.loads(answer.content())}
