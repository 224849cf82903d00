"""Routes of the streams room."""

from __future__ import annotations

from django.urls import path

from streams import api as rest
from streams import views

pages = [
    path("streams", views.Streams.as_view(), name="streams"),
    path("consumer-groups/<uuid:public_id>", views.Group.as_view(), name="group"),
    path("topics/<uuid:public_id>", views.TopicDetail.as_view(), name="topic"),
    path("clusters", views.Clusters.as_view(), name="clusters"),
    path("clusters/<uuid:public_id>", views.ClusterDetail.as_view(), name="cluster"),
    path("streams/_/job/<uuid:public_id>", views.JobFragment.as_view(), name="cluster-job"),
]
api = [
    path("environments", rest.EnvironmentsView.as_view(), name="api-environments"),
    path("clusters", rest.ClustersView.as_view(), name="api-clusters"),
    path("clusters/<uuid:cluster_id>", rest.ClusterView.as_view(), name="api-cluster"),
    path(
        "clusters/<uuid:cluster_id>/sweep", rest.ClusterJobView.as_view(), name="api-cluster-sweep"
    ),
    path(
        "clusters/<uuid:cluster_id>/check",
        rest.ClusterCheckView.as_view(),
        name="api-cluster-check",
    ),
    path("topics", rest.TopicsView.as_view(), name="api-topics"),
    path("topics/<uuid:topic_id>", rest.TopicView.as_view(), name="api-topic"),
    path("consumer-groups", rest.GroupsView.as_view(), name="api-groups"),
    path("consumer-groups/<uuid:group_id>", rest.GroupView.as_view(), name="api-group"),
    path("lag-samples", rest.LagSamplesView.as_view(), name="api-lag-samples"),
]
