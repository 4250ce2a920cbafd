from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "tests.benchmarks.contenders.field_audit"
    label = "shop"
