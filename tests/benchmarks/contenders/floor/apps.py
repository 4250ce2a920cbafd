from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "tests.benchmarks.contenders.floor"
    label = "shop"
