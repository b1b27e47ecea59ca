"""Harvest's pages of time entries on disk: written from a company, and served again without a network.

Belongs here: both. Must not be here: what is made of the pages.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from harvest_qb_pipeline.settings import Settings

WORKERS = 4
"""Requests in flight, for ours and for the floor alike."""


def write_pages(settings: Settings, folder: Path) -> list[Path]:
    """Every page, each to a file of its own as it came; in order."""
    with _client(settings) as client, ThreadPoolExecutor(WORKERS) as pool:

        def write(page: int) -> tuple[Path, httpx.Response]:
            response = client.get("/time_entries", params={"page": page, "per_page": 2000}).raise_for_status()
            path = folder / f"{page:06d}.json"
            path.write_bytes(response.content)
            return path, response

        first, answer = write(1)
        pages: int = answer.json()["total_pages"]
        return [first, *(path for path, _ in pool.map(write, range(2, pages + 1)))]


def write_all(settings: Settings, folder: Path) -> list[Path]:
    """The pages, and what else landing asks for: whose token it is, the account, and what changed lately."""
    pages = write_pages(settings, folder)
    newest = max(entry["updated_at"] for entry in json.loads(pages[0].read_bytes())["time_entries"])
    with _client(settings) as client:
        for name, path, params in (
            ("me", "/users/me", {}),
            ("company", "/company", {}),
            ("recent", "/time_entries", {"updated_since": newest, "per_page": 2000}),
        ):
            answer = client.get(path, params=params).raise_for_status()
            (folder / f"{name}.json").write_bytes(answer.content)
    return pages


class FromDisk(httpx.BaseTransport):
    """Answers landing's requests with the files that `write_all` wrote."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answers: dict[str, Callable[[httpx.QueryParams], str]] = {
            "me": lambda _: "me",
            "company": lambda _: "company",
            "time_entries": lambda asked: "recent" if "updated_since" in asked else f"{int(asked.get('page', 1)):06d}",
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        name = self._answers[request.url.path.rpartition("/")[2]](request.url.params)
        body = (self._folder / f"{name}.json").read_bytes()
        return httpx.Response(200, headers={"content-type": "application/json"}, content=body, request=request)


def _client(settings: Settings) -> httpx.Client:
    headers = {
        "Authorization": f"Bearer {settings.harvest_access_token.get_secret_value()}",
        "Harvest-Account-Id": settings.harvest_account_id,
        "User-Agent": "benchmark",
    }
    return httpx.Client(base_url=settings.harvest_base_url, headers=headers, timeout=120)
