"""The records in the admin; the log itself is there too, read-only, brought by `auditable`."""

from django.contrib import admin

from .models import Customer, Payment, Payout, Refund, Tag

admin.site.register(Tag)


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    """Shops."""

    list_display = ["reference", "name", "country", "risk", "chargebacks"]
    list_filter = ["risk", "country"]
    search_fields = ["reference", "name"]


class RefundInline(admin.TabularInline):
    """The refunds of a payment, on its page."""

    model = Refund
    extra = 0


@admin.register(Payment)
class PaymentAdmin(admin.ModelAdmin):
    """Payments; "View on site" leads to the page with the trail."""

    autocomplete_fields = ["customer", "payout"]
    date_hierarchy = "created_at"
    filter_horizontal = ["tags"]
    inlines = [RefundInline]
    list_display = ["reference", "customer", "amount", "currency", "status", "disputes"]
    list_filter = ["status", "currency", "tags"]
    list_select_related = ["customer"]
    search_fields = ["reference", "customer__name"]


@admin.register(Payout)
class PayoutAdmin(admin.ModelAdmin):
    """Payouts."""

    autocomplete_fields = ["customer"]
    list_display = ["reference", "customer", "amount", "currency", "status"]
    list_filter = ["status"]
    list_select_related = ["customer"]
    search_fields = ["reference", "customer__name"]
