"""Which handler answers a request: paths with placeholders, and a handler for each.

Belongs here: finding the handler and calling it. Must not be here: the paths themselves, and whose books a handler
works on (a type variable here; the gateways know).
"""

from collections.abc import Callable, Iterable
from typing import Generic, TypeAlias, TypeVar

from starlette.routing import Match, Route

from harvest_qb_pipeline.sandbox.http import ApiError, ApiRequest, ApiResponse

BooksT = TypeVar("BooksT")
Handler: TypeAlias = Callable[[BooksT, ApiRequest], ApiResponse]


class Routes(Generic[BooksT]):
    """The handlers of one product. Of two that fit a request, the first is taken.

    Each is given as method, path below the product's prefix (`/clients/{id:int}`), and handler.
    """

    def __init__(self, handlers: Iterable[tuple[str, str, Handler[BooksT]]]) -> None:
        self._routes = [(Route(path, handler, methods=[method]), handler) for method, path, handler in handlers]

    def answer(self, books: BooksT, request: ApiRequest, path: str) -> ApiResponse | None:
        """The answer of the handler for `path` and the request's method; None when there is none.

        Sets the request's `path` and `path_params`. An `ApiError` of the handler is its answer.
        """
        scope = {"type": "http", "method": request.method, "path": path, "root_path": ""}
        for candidate, handler in self._routes:
            match, child = candidate.matches(scope)
            if match is Match.FULL:
                request.path, request.path_params = path, child["path_params"]
                try:
                    return handler(books, request)
                except ApiError as error:
                    return error.response
        return None
