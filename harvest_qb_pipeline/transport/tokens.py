"""The OAuth tokens that a connection to an outside system is held open by.

Belongs here: that one value, which who asks for tokens and who keeps them have in common. Must not be here: asking for
tokens (`quickbooks.oauth`) or keeping them (the ledger).
"""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OAuthTokens:
    """The newest tokens of a connection; times are aware UTC, and the text of a token shows in no representation.

    `environment_fingerprint` names the refresh token of the environment that the chain began with, so that another one
    there is noticed.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_expires_at: datetime | None
    environment_fingerprint: str
