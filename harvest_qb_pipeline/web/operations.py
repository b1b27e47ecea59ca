"""What a GraphQL request would do: only read, or change something.

Belongs here: reading requests as Dagster's server does, with the same parser, and erring on the strict side. Must not
be here: what is allowed.
"""

import json

from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse


def may_change(query: object) -> bool:
    """Whether any operation of the document is other than a query or a subscription; what cannot be parsed may."""
    if not isinstance(query, str):
        return True
    try:
        definitions = parse(query).definitions
    except (GraphQLError, RecursionError):
        return True
    operations = [part.operation for part in definitions if isinstance(part, OperationDefinitionNode)]
    return any(operation is OperationType.MUTATION for operation in operations)


def query_in(body: bytes | str) -> object:
    """The document of a JSON body, as the server would find it; None where there is none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return data.get("query") if isinstance(data, dict) else None


def query_in_message(text: str) -> object:
    """The document that a websocket's message starts; an empty one where it starts nothing."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    payload = message.get("payload")
    if message.get("type") not in ("start", "subscribe"):
        return "{ __typename }"
    return payload.get("query") if isinstance(payload, dict) else None
