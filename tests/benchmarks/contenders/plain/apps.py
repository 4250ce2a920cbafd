from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "tests.benchmarks.contenders.plain"
    label = "shop"
