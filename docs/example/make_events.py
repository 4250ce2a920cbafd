"""Invent half a year of a payment provider, and write it to `payments/events.csv`.

Run as `python make_events.py`. The seed is fixed: the same script gives the same file. It knows
nothing of Django or of the audit log; it keeps its own books of which rows each event changes,
and writes how many entries the log will owe for it into the column `entries`. The demo holds the
log to that, event by event.
"""

import csv
import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

TARGET = Path(__file__).parent / "payments" / "events.csv"
COLUMNS = ("at", "event", "subject", "entries", "actor", "reason", "correlation_id", "data")
SEED = 20260105
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
DAYS = 177
SHOPS = 32
IMPORTED = 240
PAYMENTS_A_DAY = 5

STAFF = ("maria.keller", "jonas.okafor", "li.wei", "aisha.rahman", "tom.brandt")
FIRST = ("Blue", "Corner", "Daily", "Fjord", "Garden", "Harbour", "Juniper", "Kettle", "Maple")
SECOND = ("Books", "Bikes", "Coffee", "Lamps", "Optics", "Records", "Shoes", "Tea", "Tools")
CURRENCIES = {"DE": "EUR", "FR": "EUR", "NL": "EUR", "GB": "GBP", "CH": "CHF", "US": "USD"}
DISPUTES = {
    "4853": "goods not received",
    "4837": "cardholder denies the purchase",
    "4834": "charged twice",
    "4860": "credit not processed",
}
RETURNS = ("one item returned", "damaged in transit", "price matched", "out of stock")
FINAL = {"settled", "partly_refunded", "refunded", "charged_back", "expired"}


@dataclass(eq=False)
class Shop:
    """A customer of the provider."""

    ref: str
    name: str
    email: str
    country: str
    risk: str = "low"
    chargebacks: int = 0


@dataclass(eq=False)
class Payout:
    """A transfer to a shop's bank."""

    ref: str
    shop: Shop | None


@dataclass(eq=False)
class Payment:
    """A payment; amounts are in cents."""

    ref: str
    shop: Shop | None
    amount: int
    created: datetime
    status: str = "authorised"
    refunded: int = 0
    refunds: int = 0
    payout: Payout | None = None
    tags: set[str] = field(default_factory=set)
    scripted: bool = False


class Provider:
    """The world: a clock, an agenda, and the books."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = START
        self.lines: list[dict[str, object]] = []
        self.shops: list[Shop] = []
        self.payments: list[Payment] = []
        self.payouts: list[Payout] = []
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()
        self._numbers = count(1)

    def at(self, moment: datetime, action: Callable[..., None], *args: object) -> None:
        """Have something happen at a moment."""
        heapq.heappush(self._agenda, (moment, next(self._order), partial(action, self, *args)))

    def after(self, hours: float, action: Callable[..., None], *args: object) -> None:
        """Have something happen some hours from now."""
        seconds = round(hours * 3600)
        self.at(self.now + timedelta(seconds=seconds), action, *args)

    def run(self) -> list[dict[str, object]]:
        """Let time pass until nothing is left to happen; return the lines of the file."""
        while self._agenda:
            self.now, _, action = heapq.heappop(self._agenda)
            action()
        return self.lines

    def write(
        self,
        event: str,
        subject: str,
        entries: int,
        *,
        by: str = "",
        reason: str = "",
        correlation: str = "",
        **data: object,
    ) -> None:
        """Write a line: what happened, by whom and why, and the entries it must leave."""
        listed = "; ".join(f"{name}={value}" for name, value in data.items())
        values = (stamp(self.now), event, subject, entries, by, reason, correlation, listed)
        self.lines.append(dict(zip(COLUMNS, values, strict=True)))

    def token(self, prefix: str) -> str:
        """Return a reference such as `pay_7QX2MK`, each only once."""
        letters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
        number, tail = next(self._numbers), ""
        for _ in range(3):
            number, digit = divmod(number, len(letters))
            tail = letters[digit] + tail
        return prefix + "".join(self.random.choices(letters, k=3)) + tail

    def request(self) -> str:
        """Return a correlation id for one request."""
        return f"req-{self.random.getrandbits(32):08x}"

    def staff(self) -> str:
        """Return someone of the staff who is still there."""
        present = STAFF if self.now < START + timedelta(days=90) else STAFF[:-1]
        return f"user:{self.random.choice(present)}"

    def chance(self, share: float) -> bool:
        """Tell whether something of this probability happens."""
        return self.random.random() < share

    def of_shop(self, shop: Shop) -> list[Payment | Payout]:
        """Return the payments and payouts that point at a shop."""
        return [item for item in (*self.payments, *self.payouts) if item.shop is shop]


def stamp(moment: datetime) -> str:
    """Write a moment the way programs do: `2026-01-05T08:00:00Z`."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def money(cents: int) -> str:
    """Write an amount the way people do: `1249.00`."""
    return f"{cents // 100}.{cents % 100:02}"


# Staff


def hire(world: Provider) -> None:
    """Open the staff's accounts: an entry for each row, and one for the group it joins."""
    login = {"password": "demo", "superuser": 1}
    world.write("staff.joined", "demo", 2, reason="login of the demo", group="operations", **login)
    for name in STAFF:
        group = "disputes" if name == "maria.keller" else "operations"
        world.write("staff.joined", name, 2, by="user:demo", reason="joined", group=group)


def part(world: Provider) -> None:
    """Close the account of someone who leaves."""
    world.write("staff.left", STAFF[-1], 1, by="user:demo", reason="left the company")


def erase(world: Provider) -> None:
    """Take an account off its group and erase it; what its owner did stays on record."""
    reason = "personal data erased on request"
    world.write("staff.erased", STAFF[-1], 2, by="service:hr-sync", reason=reason)


# Shops


def import_shops(world: Provider) -> None:
    """Take over the shops of the previous system, in one batch."""
    names = [f"{first} {second}" for first in FIRST for second in SECOND]
    world.random.shuffle(names)
    for number, name in enumerate(["Atelier Nord", "Atelier Nord Berlin", *names][:SHOPS], 1):
        country = "DE" if number < 3 else world.random.choice(list(CURRENCIES))
        email = f"office@{name.lower().replace(' ', '-')}.example"
        shop = Shop(f"shop-{number:03}", name, email, country)
        world.shops.append(shop)
        world.write(
            "customer.imported",
            shop.ref,
            1,
            by="service:migration",
            reason="moved from the previous system",
            correlation="import-customers",
            name=name,
            email=email,
            country=country,
        )


def synchronise(world: Provider) -> None:
    """Upsert every shop from the CRM; few have changed, and only those are recorded."""
    for shop in world.shops:
        changed = world.chance(0.06)
        if changed:
            shop.email = f"billing-{world.now:%b}@{shop.email.split('@')[1]}".lower()
        world.write(
            "customer.synced",
            shop.ref,
            int(changed),
            by="service:crm-sync",
            reason="monthly synchronisation",
            correlation=f"crm-{world.now:%Y-%m}",
            name=shop.name,
            email=shop.email,
            country=shop.country,
        )


def edit_shop(world: Provider) -> None:
    """A shop edits its profile in the portal, now and then without changing anything."""
    shop = world.random.choice(world.shops[2:])
    changed = world.chance(0.7)
    if changed:
        shop.name = shop.name[:-4] if shop.name.endswith(" Ltd") else f"{shop.name} Ltd"
    by, request = f"service:portal/{shop.ref}", world.request()
    world.write(
        "customer.edited", shop.ref, int(changed), by=by, correlation=request, name=shop.name
    )


def review_risk(world: Provider) -> None:
    """Grade every shop by its chargebacks, in one statement."""
    changed = 0
    for shop in world.shops:
        grade = "high" if shop.chargebacks > 2 else "raised" if shop.chargebacks else "low"
        changed += grade != shop.risk
        shop.risk = grade
    world.write("risk.reviewed", f"{world.now:%Y-%m}", changed, reason="monthly risk review")


def merge_shops(world: Provider, gone: Shop, kept: Shop) -> None:
    """Move the books of a duplicate account to the one that is kept, then delete it."""
    moved = world.of_shop(gone)
    for item in moved:
        item.shop = kept
    world.shops.remove(gone)
    world.write(
        "customer.merged",
        gone.ref,
        len(moved) + 1,
        by="user:li.wei",
        reason="duplicate account, same VAT number",
        correlation="ticket-20417",
        into=kept.ref,
    )


def close_shop(world: Provider) -> None:
    """Delete a shop: its payments and payouts stay, and point nowhere."""
    shop = world.random.choice(world.shops[5:])
    orphans = world.of_shop(shop)
    for item in orphans:
        item.shop = None
    world.shops.remove(shop)
    reason, request = "contract ended", world.request()
    world.write(
        "customer.closed",
        shop.ref,
        len(orphans) + 1,
        by=world.staff(),
        reason=reason,
        correlation=request,
    )


# Payments


def import_payments(world: Provider) -> None:
    """Take over old payments; retention will delete them, month by month."""
    for _ in range(IMPORTED):
        shop = world.random.choice(world.shops[2:])
        created = world.now - timedelta(hours=world.random.randint(560 * 24, 900 * 24))
        payment = Payment(world.token("pay_"), shop, price(world), created, status="settled")
        world.payments.append(payment)
        world.write(
            "payment.imported",
            payment.ref,
            1,
            by="service:migration",
            reason="moved from the previous system",
            correlation="import-payments",
            customer=shop.ref,
            amount=money(payment.amount),
            currency=CURRENCIES[shop.country],
            created=stamp(created),
        )
        if world.chance(0.1):
            world.after(world.random.uniform(24, 600), request_refund, payment, 0.25)


def price(world: Provider) -> int:
    """Return the amount of a purchase: many small ones, a few large ones."""
    cents = min(round(world.random.lognormvariate(8.6, 0.9)), 400_000)
    return max(cents - cents % 5, 250)


def shop_day(world: Provider) -> None:
    """Spread a day's purchases over its hours."""
    for _ in range(round(world.random.gauss(PAYMENTS_A_DAY, 2))):
        world.after(world.random.uniform(0, 14), buy, world.random.choice(world.shops[2:]))


def buy(world: Provider, shop: Shop) -> None:
    """A payer buys something."""
    if shop not in world.shops:
        return
    payment = authorise(world, shop, price(world))
    if world.chance(0.06):
        return  # never captured: it expires
    world.after(world.random.uniform(0.05, 40), capture, payment)


def authorise(world: Provider, shop: Shop, amount: int, *tags: str) -> Payment:
    """The checkout asks the bank; the risk engine may leave tags, in the same request."""
    payment = Payment(world.token("pay_"), shop, amount, world.now)
    world.payments.append(payment)
    request, payer = world.request(), f"payer{world.random.randint(1000, 9999)}@mail.example"
    world.write(
        "payment.authorised",
        payment.ref,
        1,
        by="service:checkout-api",
        correlation=request,
        customer=shop.ref,
        amount=money(amount),
        currency=CURRENCIES[shop.country],
        payer=payer,
    )
    chosen = tags or tuple(tag for tag in ("3ds", "first-order", "velocity") if world.chance(0.08))
    if chosen:
        tag(world, payment, chosen, by="service:risk-engine", reason="scored", correlation=request)
    return payment


def tag(world: Provider, payment: Payment, tags: tuple[str, ...], **context: str) -> None:
    """Add tags; those that are there already change nothing."""
    new = set(tags) - payment.tags
    payment.tags |= new
    world.write("payment.tagged", payment.ref, int(bool(new)), tags=",".join(tags), **context)


def untag(world: Provider, payment: Payment, keep: tuple[str, ...], **context: str) -> None:
    """Keep only some of the tags."""
    fewer = payment.tags & set(keep)
    changed, payment.tags = fewer != payment.tags, fewer
    kept = ",".join(sorted(fewer))
    world.write("payment.untagged", payment.ref, int(changed), tags=kept, **context)


def capture(world: Provider, payment: Payment) -> None:
    """Take the money; some payments take another way from here."""
    if world.chance(0.04):
        correct(world, payment, payment.amount + world.random.choice((-50, 100, 450)))
    payment.status = "captured"
    fee = 25 + payment.amount * 14 // 1000
    world.write(
        "payment.captured",
        payment.ref,
        1,
        by="service:capture-worker",
        reason="goods shipped",
        correlation=world.request(),
        fee=money(fee),
    )
    if world.chance(0.10):
        world.after(world.random.uniform(24, 600), request_refund, payment)
    elif world.chance(0.05):
        world.after(world.random.uniform(72, 900), open_dispute, payment, 0)


def correct(world: Provider, payment: Payment, amount: int) -> None:
    """Staff correct an amount before it is captured."""
    changed = amount != payment.amount
    payment.amount = amount
    world.write(
        "payment.corrected",
        payment.ref,
        int(changed),
        by=world.staff(),
        reason="amount corrected as told by the shop" if changed else "looked at, nothing changed",
        correlation=f"ticket-{world.random.randint(20000, 29999)}",
        amount=money(amount),
    )


def expire(world: Provider) -> None:
    """Every night, give up what was authorised a week ago and never captured."""
    before = world.now - timedelta(days=7)
    stale = [p for p in world.payments if p.status == "authorised" and p.created < before]
    for payment in stale:
        payment.status = "expired"
    if stale:
        reason = "not captured within 7 days"
        world.write("payments.expired", "", len(stale), reason=reason, before=stamp(before))


def raise_fees(world: Provider) -> None:
    """A new price list: ten cents more for what is captured and not yet paid out."""
    hit = [p for p in world.payments if p.status == "captured" and p.payout is None]
    reason = "price list of April"
    by, ticket = "user:demo", "change-311"
    world.write("fees.raised", "", len(hit), by=by, reason=reason, correlation=ticket, extra="0.10")


def forget_payers(world: Provider) -> None:
    """Blank what is personal and not audited: no entry."""
    before = world.now - timedelta(days=60)
    world.write("payers.forgotten", "", 0, reason="privacy policy", before=stamp(before))


def purge(world: Provider) -> None:
    """Delete what is older than two years, refunds included."""
    before = world.now - timedelta(days=730)
    old = [p for p in world.payments if p.created < before and p.status in FINAL]
    world.payments = [p for p in world.payments if p not in old]
    owed = len(old) + sum(p.refunds for p in old)
    world.write("retention.purged", "", owed, reason="retention: 24 months", before=stamp(before))


# Refunds and disputes


def refundable(world: Provider, payment: Payment) -> bool:
    """Tell whether a payment is still there and its money can go back."""
    states = {"captured", "settled", "partly_refunded"}
    return payment.status in states and payment in world.payments


def request_refund(world: Provider, payment: Payment, share: float | None = None) -> None:
    """A shop asks for a refund."""
    left = payment.amount - payment.refunded
    if not (refundable(world, payment) and left):
        return
    share = share or world.random.choice((1, 0.5, 0.25, 0.1))
    amount = left if share == 1 else max(round(left * share), 1)
    payment.refunds += 1
    refund, reason = world.token("ref_"), world.random.choice(RETURNS)
    by = f"service:portal/{payment.shop.ref}" if payment.shop else world.staff()
    world.write(
        "refund.requested",
        payment.ref,
        1,
        by=by,
        reason=reason,
        correlation=world.request(),
        refund=refund,
        amount=money(amount),
    )
    world.after(world.random.uniform(1, 30), decide_refund, payment, refund, amount)


def decide_refund(world: Provider, payment: Payment, refund: str, amount: int) -> None:
    """The refund is paid: its row and the payment's change. Or it is rejected."""
    context = {"by": world.staff(), "correlation": world.request()}
    if payment not in world.payments:
        return  # deleted by retention, and the refund with it
    if not refundable(world, payment) or world.chance(0.12):
        world.write("refund.rejected", refund, 1, reason="outside the return period", **context)
        return
    payment.refunded += amount
    payment.status = "refunded" if payment.refunded == payment.amount else "partly_refunded"
    world.write(
        "refund.paid",
        refund,
        2,
        reason="approved",
        amount=money(amount),
        status=payment.status,
        **context,
    )
    if payment.status == "partly_refunded" and world.chance(0.2):
        world.after(world.random.uniform(24, 300), request_refund, payment)


def open_dispute(world: Provider, payment: Payment, round_: int, code: str = "") -> None:
    """The card scheme tells of a chargeback."""
    before = payment.status
    if before not in {"captured", "settled", "partly_refunded", "charged_back"}:
        return
    code = code or world.random.choice(list(DISPUTES))
    payment.status = "disputed"
    stage = ("chargeback", "pre-arbitration", "arbitration", "second arbitration")[round_]
    world.write(
        "dispute.opened",
        payment.ref,
        1,
        by="service:scheme-gateway",
        reason=f"{stage} {code}: {DISPUTES[code]}",
        correlation=f"case-{code}-{payment.ref[4:]}",
        due=f"{world.now + timedelta(days=10):%Y-%m-%d}",
    )
    world.after(world.random.uniform(10, 90), answer_dispute, payment, round_, before, code)


def answer_dispute(world: Provider, payment: Payment, round_: int, before: str, code: str) -> None:
    """Staff collect evidence: a note, which is not audited, and a tag, which is."""
    case = {"by": "user:maria.keller", "correlation": f"case-{code}-{payment.ref[4:]}"}
    note = "parcel receipt, signature and correspondence sent to the scheme"
    world.write("dispute.noted", payment.ref, 0, reason="evidence collected", note=note, **case)
    tag(world, payment, ("evidence-sent",), reason="evidence sent", **case)
    world.after(world.random.uniform(100, 400), rule, payment, round_, before, code)


def rule(world: Provider, payment: Payment, round_: int, before: str, code: str) -> None:
    """The scheme rules; who has lost may go on to the next round."""
    won = world.chance(0.55)
    case = {"by": "service:scheme-gateway", "correlation": f"case-{code}-{payment.ref[4:]}"}
    payment.status = "charged_back"
    if won:
        payment.status = "settled" if before == "charged_back" else before
        reason = "ruled for the shop"
        world.write("dispute.won", payment.ref, 1, reason=reason, status=payment.status, **case)
        rest = tuple(payment.tags - {"evidence-sent"})
        untag(world, payment, rest, **case | {"by": "user:maria.keller", "reason": "case closed"})
    else:
        reason = "ruled for the cardholder"
        if payment.shop:
            payment.shop.chargebacks += 1
        owed = 2 if payment.shop else 1
        world.write("dispute.lost", payment.ref, owed, reason=reason, **case)
    if round_ < 2 and not payment.scripted and world.chance(0.25):
        world.after(world.random.uniform(48, 200), open_dispute, payment, round_ + 1, code)


# Payouts


def pay_out(world: Provider) -> None:
    """Every second Friday, send each shop what was captured for it."""
    for shop in world.shops:
        due = [
            p for p in world.payments if p.shop is shop and p.status == "captured" and not p.payout
        ]
        if not due:
            continue
        payout = Payout(world.token("out_"), shop)
        world.payouts.append(payout)
        for payment in due:
            payment.payout = payout
        world.write(
            "payout.sent",
            payout.ref,
            1 + len(due),
            reason="fortnightly payout",
            correlation=f"payout-{world.now:%Y-%m-%d}",
            customer=shop.ref,
            amount=money(sum(p.amount for p in due)),
            currency=CURRENCIES[shop.country],
            payments=",".join(p.ref for p in due),
        )
        world.after(world.random.uniform(20, 60), finish_payout, payout)


def finish_payout(world: Provider, payout: Payout) -> None:
    """The bank has paid, or has sent the money back."""
    carried = [p for p in world.payments if p.payout is payout]
    context = {"by": "service:bank-feed", "correlation": world.request()}
    if world.chance(0.03):
        for payment in carried:
            payment.payout = None
        owed = 1 + len(carried)
        world.write("payout.failed", payout.ref, owed, reason="account closed (AC04)", **context)
        return
    settled = [p for p in carried if p.status == "captured"]
    for payment in settled:
        payment.status = "settled"
    world.write("payout.paid", payout.ref, 1 + len(settled), reason="bank statement", **context)


def retire_tag(world: Provider) -> None:
    """Take a tag off every payment, from its own side, then delete it."""
    tagged = [p for p in world.payments if "velocity" in p.tags]
    for payment in tagged:
        payment.tags.discard("velocity")
    reason = "rule replaced by a score"
    world.write("tag.retired", "velocity", len(tagged), by="user:aisha.rahman", reason=reason)


def trouble(world: Provider) -> None:
    """The payment that goes wrong in every way; its trail ends the demo."""
    shop = world.shops[0]
    payment = authorise(world, shop, 129_400, "3ds", "first-order", "velocity")
    payment.scripted = True
    world.after(1, correct, payment, 124_900)
    world.after(2, capture_trouble, payment)


def capture_trouble(world: Provider, payment: Payment) -> None:
    """Capture it, and put the rest of its story on the agenda."""
    payment.status = "captured"
    shipped = {"by": "service:capture-worker", "reason": "goods shipped"}
    world.write(
        "payment.captured", payment.ref, 1, correlation=world.request(), fee="17.73", **shipped
    )
    world.after(24 * 20, request_refund, payment, 0.1)
    for day, round_ in ((35, 0), (64, 1), (100, 2), (135, 3)):
        world.after(24 * day, open_dispute, payment, round_, "4853")


def calendar(world: Provider) -> None:
    """Put on the agenda what happens at fixed times."""
    for action in (hire, import_shops, import_payments):
        world.at(START, action)
    for day in range(DAYS):
        morning = START + timedelta(days=day)
        world.at(morning, shop_day)
        world.at(morning + timedelta(hours=17), expire)
        if day % 14 == 11:
            world.at(morning + timedelta(hours=4), pay_out)
        if day % 9 == 4:
            world.at(morning + timedelta(hours=5), edit_shop)
        if morning.day == 1:
            for hour, action in enumerate((synchronise, review_risk, purge), start=15):
                world.at(morning + timedelta(hours=hour, minutes=30), action)
    once = {3: trouble, 80: raise_fees, 90: part, 120: erase, 130: retire_tag, 150: forget_payers}
    for day, action in once.items():
        world.at(START + timedelta(days=day, hours=6), action)
    for day in (70, 125):
        world.at(START + timedelta(days=day, hours=6), close_shop)
    world.at(START + timedelta(days=95, hours=6), merge_first_two)


def merge_first_two(world: Provider) -> None:
    """Merge the shop of the troubled payment into its namesake."""
    merge_shops(world, world.shops[0], world.shops[1])


def invent() -> list[dict[str, object]]:
    """Return the lines of the file."""
    world = Provider(SEED)
    calendar(world)
    return world.run()


def main() -> None:
    """Write the file."""
    lines = invent()
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    print(f"{TARGET.name}: {len(lines)} lines")


if __name__ == "__main__":
    main()
