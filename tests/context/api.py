"""Views of REST framework, each authenticated in another way, inside the view."""

from __future__ import annotations

from django.contrib.auth import authenticate, login
from django.urls import path
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.decorators import api_view, authentication_classes
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import (
    JWTAuthentication,
    JWTStatelessUserAuthentication,
)

from tests.ledger.models import Transfer


class Write(APIView):
    def post(self, request: Request) -> Response:
        Transfer.objects.create(note="api")
        return Response("written")


class LogIn(Write):
    authentication_classes = []

    def post(self, request: Request) -> Response:
        Transfer.objects.create(note="before")
        login(request, authenticate(request, username="alice", password="secret"))
        return super().post(request)


@api_view(["POST"])
@authentication_classes([TokenAuthentication])
def function(request: Request) -> Response:
    Transfer.objects.create(note="api")
    return Response("written")


urlpatterns = [
    path("session/", Write.as_view(authentication_classes=[SessionAuthentication])),
    path("token/", Write.as_view(authentication_classes=[TokenAuthentication])),
    path("jwt/", Write.as_view(authentication_classes=[JWTAuthentication])),
    path("stateless/", Write.as_view(authentication_classes=[JWTStatelessUserAuthentication])),
    path("open/", Write.as_view(authentication_classes=[])),
    path("log-in/", LogIn.as_view()),
    path("function/", function),
]
