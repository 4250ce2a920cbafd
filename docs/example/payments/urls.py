"""The two pages of the example."""

from django.urls import path

from . import views

app_name = "payments"
urlpatterns = [
    path("", views.index, name="index"),
    path("payments/<int:pk>/", views.payment, name="payment"),
]
