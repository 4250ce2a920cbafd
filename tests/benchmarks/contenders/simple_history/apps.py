from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "tests.benchmarks.contenders.simple_history"
    label = "shop"
