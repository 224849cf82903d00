"""The admin console as Django finds it: our own site instead of the stock one."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    """The admin application with the console of Tributary as its site."""

    default_site = "governance.desk.console.site.Console"
