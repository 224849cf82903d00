"""REST of the people floor: the root, oneself, teams, members, service accounts."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from mesh.kernel.errors import InvalidInput, NotFound
from mesh.kernel.paging import Keyset
from mesh.people import actions
from mesh.people.authz.table import SCOPES
from mesh.people.models import Membership, ServiceAccount, Team
from mesh.people.rest import MeshAPI

RESOURCES = (
    *(
        "me",
        "notifications",
        "teams",
        "service-accounts",
        "environments",
        "clusters",
        "topics",
        "consumer-groups",
    ),
    *("lag-samples", "subjects", "registry-access", "schema-checks", "lineage", "runs", "domains"),
    *("products", "ports", "promises", "incidents", "search", "requests", "manifests", "policies"),
    *("audit-events", "jobs"),
)


class RootView(MeshAPI):
    """The list of resources."""

    asks: ClassVar[str] = "login"

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        return Response({name: request.build_absolute_uri(f"/api/v1/{name}") for name in RESOURCES})


class MeView(MeshAPI):
    """Who the caller is, with roles, teams and scopes."""

    asks: ClassVar[str] = "me.read"

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        viewer = self.viewer
        teams = dict(viewer.team_roles)
        rows = Team.objects.filter(pk__in=teams).order_by("slug")
        return Response(
            {
                "id": viewer.id,
                "kind": viewer.kind,
                "label": viewer.label,
                "login": viewer.login,
                "teams": [
                    {"id": str(t.public_id), "slug": t.slug, "role": teams[t.pk]} for t in rows
                ],
                "grants": [
                    {"role": g.role, "scope_kind": g.scope_kind, "scope_id": g.scope_id}
                    for g in viewer.grants
                ],
                "scopes": sorted(viewer.scopes) if viewer.scopes is not None else None,
            }
        )


class TeamSerializer(serializers.ModelSerializer[Team]):
    """A team."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Team
        fields = ["id", "slug", "name", "purpose", "contact", "on_call", "revision"]
        read_only_fields = ["revision"]
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "slug": {"validators": []}
        }  # the action judges form and uniqueness


class TeamEdit(serializers.Serializer[Any]):
    """What may be changed of a team."""

    name = serializers.CharField(max_length=120, required=False)
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    contact = serializers.CharField(required=False, allow_blank=True, max_length=200)
    on_call = serializers.CharField(required=False, allow_blank=True, max_length=200)


def team_by_id(team_id: str) -> Team:
    """A team by public id or slug. Raises NotFound."""
    from uuid import UUID

    try:
        team = Team.objects.filter(public_id=UUID(team_id)).first()
    except ValueError:
        team = Team.objects.filter(slug=team_id).first()
    if team is None:
        raise NotFound
    return team


class TeamsView(MeshAPI):
    """Teams."""

    asks: ClassVar[dict[str, str]] = {"GET": "team.read", "POST": "team.manage"}
    is_paged: ClassVar[bool] = True

    @extend_schema(responses={200: TeamSerializer(many=True)})
    def get(self, request: Request) -> Response:
        return self.list_page(Team.objects.all(), Keyset("slug"), TeamSerializer)

    @extend_schema(request=TeamSerializer, responses={201: TeamSerializer})
    def post(self, request: Request) -> Response:
        members = self.valid(TeamSerializer)
        team = actions.create_team(members.pop("slug"), by=self.viewer, **members)
        return self.one(TeamSerializer(team).data, team.revision, status=201)


class TeamView(MeshAPI):
    """One team."""

    is_plain = True
    asks: ClassVar[dict[str, str]] = {"GET": "team.read", "PATCH": "team.members"}

    @extend_schema(responses={200: TeamSerializer})
    def get(self, request: Request, team_id: str) -> Response:
        team = team_by_id(team_id)
        return self.one(TeamSerializer(team).data, team.revision)

    @extend_schema(request=TeamEdit, responses={200: TeamSerializer})
    def patch(self, request: Request, team_id: str) -> Response:
        team = team_by_id(team_id)
        self.require(team)
        revision = self.expected_revision(team.revision)
        changes = self.valid(TeamEdit)
        team = actions.edit_team(team.pk, changes, by=self.viewer, revision=revision)
        return self.one(TeamSerializer(team).data, team.revision)


class MemberSerializer(serializers.Serializer[Any]):
    """A member: login and role."""

    login = serializers.CharField(max_length=80)
    role = serializers.ChoiceField(choices=Membership.Role.choices)


class MembersView(MeshAPI):
    """Members of a team."""

    asks: ClassVar[dict[str, str]] = {"GET": "team.read", "POST": "team.members"}

    @extend_schema(responses={200: MemberSerializer(many=True)})
    def get(self, request: Request, team_id: str) -> Response:
        rows = (
            Membership.objects.filter(team=team_by_id(team_id))
            .select_related("user")
            .order_by("user__login")
        )
        return Response(
            {"items": [{"login": m.user.login, "role": m.role} for m in rows], "next": None}
        )

    @extend_schema(request=MemberSerializer, responses={201: MemberSerializer})
    def post(self, request: Request, team_id: str) -> Response:
        members = self.valid(MemberSerializer)
        row = actions.add_member(
            team_by_id(team_id).pk, members["login"], members["role"], by=self.viewer
        )
        return Response({"login": members["login"], "role": row.role}, status=201)


class ServiceAccountSerializer(serializers.Serializer[Any]):
    """A program's account; `key` is answered once, when it is made."""

    name = serializers.RegexField(r"^[a-z][a-z0-9-]{1,80}$")
    team = serializers.CharField(max_length=64)
    purpose = serializers.CharField(max_length=32, required=False, allow_blank=True)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=[(s, s) for s in SCOPES]), required=False
    )
    days = serializers.IntegerField(min_value=1, max_value=365, required=False)


class ServiceAccountsView(MeshAPI):
    """Service accounts; POST makes one with its first key, which is shown in this answer only."""

    asks: ClassVar[dict[str, str]] = {"GET": "team.read", "POST": "service_account.manage"}
    is_secret: ClassVar[bool] = True

    @extend_schema(responses={200: ServiceAccountSerializer(many=True)})
    def get(self, request: Request) -> Response:
        rows = ServiceAccount.objects.select_related("team").order_by("name")[:200]
        items = [
            {"id": str(a.public_id), "name": a.name, "team": a.team.slug, "purpose": a.purpose}
            for a in rows
        ]
        return Response({"items": items, "next": None})

    @extend_schema(request=ServiceAccountSerializer, responses={201: dict})
    def post(self, request: Request) -> Response:
        members = self.valid(ServiceAccountSerializer)
        team = team_by_id(members["team"])
        scopes = members.get("scopes") or [
            "schemas:read",
            "schemas:write",
            "catalog:read",
            "lineage:write",
        ]
        if not scopes:
            raise InvalidInput("Name at least one scope.", pointer="/scopes")
        account = actions.create_service_account(
            members["name"], team.pk, by=self.viewer, purpose=members.get("purpose", "")
        )
        _, text = actions.create_key(
            by=self.viewer, label=f"first key of {account.name}", scopes=list(scopes),
            days=members.get("days", 365), service_account=account,
        )  # fmt: skip
        body = {
            "id": str(account.public_id),
            "name": account.name,
            "team": team.slug,
            "key": text.whole,
        }
        return Response(body, status=201)
