from tests.benchmarks import columns


class Customer(columns.CustomerColumns):
    pass


class Payment(columns.PaymentColumns):
    pass


class Draft(columns.PaymentColumns):
    pass


class Balance(columns.BalanceColumns):
    pass
