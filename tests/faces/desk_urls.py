"""The site with the desk's pages in front."""

from __future__ import annotations

import governance.desk.urls
from mesh import urls

handler404, handler403, handler500 = urls.handler404, urls.handler403, urls.handler500
urlpatterns = [*governance.desk.urls.pages, *urls.urlpatterns]
