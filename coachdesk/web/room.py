"""A room's blueprint. A route without an action, and not loudly `public`, cannot be added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Blueprint

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.blueprints import BlueprintSetupState

    from coachdesk.access import Action

    View = TypeVar("View", bound=Callable[..., Any])

GATE = "coachdesk_gate"
_DECLARED = ("action", "public", "fresh", "outside")


@dataclass(frozen=True)
class Declared:
    """What a route needs: an action, or nothing because it is public."""

    action: Action | None = None
    public: bool = False
    fresh: bool = False
    """Whoever is signed in has shown within the last minutes that it is still them."""
    outside: bool = False
    """A machine elsewhere asks, without a page of ours before it: no token, and any kind of body. Public only."""


class Undeclared(TypeError):  # noqa: N818  (the name says what was left out)
    """A route says neither which action it needs nor that it is public."""


class Room(Blueprint):
    """A blueprint whose every route declares what it needs."""

    def get(
        self, rule: str, *, action: Action | None = None, public: bool = False, fresh: bool = False, **options: Any
    ) -> Callable[[View], View]:
        """Add a page."""
        return self.route(rule, methods=["GET"], action=action, public=public, fresh=fresh, **options)

    def post(
        self, rule: str, *, action: Action | None = None, public: bool = False, fresh: bool = False, **options: Any
    ) -> Callable[[View], View]:
        """Add an act."""
        return self.route(rule, methods=["POST"], action=action, public=public, fresh=fresh, **options)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = None,  # noqa: FBT001  (Flask's own signature)
        **options: Any,
    ) -> None:
        """Refuse a route that declares nothing."""
        declared = Declared(**{name: options.pop(name) for name in _DECLARED if name in options})
        if (declared.action is None) is not declared.public or (declared.outside and not declared.public):
            msg = f"{rule} must declare one action, or that it is public"
            raise Undeclared(msg)
        name = endpoint or getattr(view_func, "__name__", "")

        def declare(state: BlueprintSetupState) -> None:
            declare_endpoint(state.app, f"{self.name}.{name}", declared)
            if declared.outside:
                state.app.extensions["csrf"].exempt(view_func)

        self.record(declare)
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)


def declare_endpoint(app: Any, endpoint: str, declared: Declared) -> None:
    """Tell the gate what an endpoint needs; rooms do it by themselves, the factory for the library's endpoints."""
    app.extensions.setdefault(GATE, {})[endpoint] = declared
