"""On what a session was let in: enough to judge it again when a fact changes, and nothing that its labels say already.

Sessions of one token on one channel may share one object. It holds no token, only who the token speaks for.
"""

from dataclasses import dataclass

from tokens import Principal


@dataclass(slots=True, init=False)
class Grounds:
    """``principal`` is None on an open channel; ``revision_id`` is what was deployed when the session opened.

    ``plans`` are the keys (``level:name``) of all plans that limit the session.
    """

    principal: Principal | None
    vhost: str
    revision_id: str
    sub_path: str
    plans: tuple[str, ...]

    def __init__(
        self,
        principal: Principal | None = None,
        vhost: str = "",
        revision_id: str = "",
        sub_path: str = "",
        plans: tuple[str, ...] = (),
    ) -> None:
        self.principal = principal
        self.vhost = vhost
        self.revision_id = revision_id
        self.sub_path = sub_path
        self.plans = plans


NO_GROUNDS = Grounds()
