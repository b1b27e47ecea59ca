"""The books of a US services firm in QuickBooks before any customer: accounts, items, terms and preferences.

Belongs here: literals. Must not be here: customers and invoices (`cast`, `history`).
"""

from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.seed.values import Account, Item, Term

TERMS = (Term("Due on receipt", 0), Term("Net 15", 15), Term("Net 30", 30), Term("Net 60", 60))

_EXPENSE = "Expense"

ACCOUNTS = (
    Account("Checking", "Bank", "Checking"),
    Account("Savings", "Bank", "Savings"),
    Account("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    Account("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    Account("Prepaid Expenses", "Other Current Asset", "PrepaidExpenses"),
    Account("Computers & Equipment", "Fixed Asset", "MachineryAndEquipment"),
    Account("Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    Account("Company Visa", "Credit Card", "CreditCard"),
    Account("Client Retainers", "Other Current Liability", "OtherCurrentLiabilities"),
    Account("Due to Employees", "Other Current Liability", "OtherCurrentLiabilities"),
    Account("Payroll Clearing", "Other Current Liability", "PayrollClearing"),
    Account("Payroll Liabilities", "Other Current Liability", "PayrollTaxPayable"),
    Account("Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    Account("Owner's Equity", "Equity", "OwnersEquity"),
    Account("Retained Earnings", "Equity", "RetainedEarnings"),
    Account("Services", "Income", "ServiceFeeIncome"),
    Account("Consulting Income", "Income", "ServiceFeeIncome", parent="Services"),
    Account("Design Income", "Income", "ServiceFeeIncome", parent="Services"),
    Account("Development Income", "Income", "ServiceFeeIncome", parent="Services"),
    Account("Billable Expense Income", "Income", "ServiceFeeIncome"),
    Account("Discounts Given", "Income", "DiscountsRefundsGiven"),
    Account("Uncategorized Income", "Income", "ServiceFeeIncome"),
    Account("Subcontractors", "Cost of Goods Sold", "CostOfLaborCos"),
    Account("Direct Labor", "Cost of Goods Sold", "CostOfLaborCos"),
    Account("Advertising & Marketing", _EXPENSE, "AdvertisingPromotional"),
    Account("Bad Debts", _EXPENSE, "BadDebts"),
    Account("Bank Charges & Fees", _EXPENSE, "BankCharges"),
    Account("Dues & Subscriptions", _EXPENSE, "DuesSubscriptions"),
    Account("Insurance", _EXPENSE, "Insurance"),
    Account("Legal & Professional Services", _EXPENSE, "LegalProfessionalFees"),
    Account("Meals", _EXPENSE, "TravelMeals"),
    Account("Office Supplies & Software", _EXPENSE, "OfficeGeneralAdministrativeExpenses"),
    Account("Payroll Expenses", _EXPENSE, "PayrollExpenses"),
    Account("Rent & Lease", _EXPENSE, "RentOrLeaseOfBuildings"),
    Account("Travel", _EXPENSE, "Travel"),
    Account("Uncategorized Expense", _EXPENSE, "OtherMiscellaneousServiceCost"),
    Account("Utilities", _EXPENSE, "Utilities"),
    Account("Interest Earned", "Other Income", "InterestEarned"),
)

FOREIGN_ACCOUNTS = (
    Account("Accounts Receivable (A/R) - EUR", "Accounts Receivable", "AccountsReceivable", currency="EUR"),
    Account("Exchange Gain or Loss", "Other Expense", "ExchangeGainOrLoss"),
)
"""What QuickBooks adds once several currencies are on."""

ITEMS = (
    Item("Services", "Services", "Professional services"),
    Item("Hours", "Services", "Hourly work"),
    Item("Consulting", "Consulting Income", "Strategy and consulting", Decimal(185)),
    Item("Design", "Design Income", "Graphic and interface design", Decimal(140)),
    Item("Development", "Development Income", "Software development", Decimal(165)),
    Item("QA Testing", "Development Income", "Quality assurance", Decimal(120)),
    Item("Copywriting", "Design Income", "Writing and editing", Decimal(110)),
    Item("Project Management", "Consulting Income", "Project management", Decimal(150)),
    Item("Fixed Fee", "Services", "Project fee"),
    Item("Reimbursable Expenses", "Billable Expense Income", "Expenses at cost"),
    Item("Retainer Deposit", "Client Retainers", "Deposit on future work"),
    Item("Print Production", "Design Income", "Print production", is_active=False),
)


def preferences(is_multicurrency: bool) -> JsonObject:
    """The settings of the books that matter here, in the shape of QuickBooks' Preferences (reference 9)."""
    return {
        "AccountingInfoPrefs": {
            "ClassTrackingPerTxn": False,
            "ClassTrackingPerTxnLine": False,
            "CustomerTerminology": "Customers",
            "FirstMonthOfFiscalYear": "January",
            "TaxYearMonth": "January",
            "TrackDepartments": False,
            "UseAccountNumbers": False,
        },
        "CurrencyPrefs": {"HomeCurrency": {"value": "USD"}, "MultiCurrencyEnabled": is_multicurrency},
        "OtherPrefs": {
            "NameValue": [
                {"Name": "ProjectsEnabled", "Value": "true"},
                {"Name": "WarnDuplicateJournalNumber", "Value": "true"},
            ]
        },
        "SalesFormsPrefs": {
            "AllowDiscount": True,
            "AllowEstimates": True,
            "AllowServiceDate": True,
            "AutoApplyCredit": False,
            "CustomTxnNumbers": True,
        },
        "TaxPrefs": {"PartnerTaxEnabled": False, "UsingSalesTax": False},
        "TimeTrackingPrefs": {
            "BillCustomers": True,
            "MarkTimeEntriesBillable": False,
            "UseServices": True,
            "WorkWeekStartDate": "Monday",
        },
        "VendorAndPurchasesPrefs": {"BillableExpenseTracking": True, "TrackingByCustomer": True},
    }
