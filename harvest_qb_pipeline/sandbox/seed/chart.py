"""The books of a US services firm in QuickBooks before any customer: accounts, items, terms and preferences.

Belongs here: literals. Must not be here: customers and invoices (`cast`, `history`).
"""

from decimal import Decimal

from harvest_qb_pipeline.jsontext import JsonObject
from harvest_qb_pipeline.sandbox.seed.values import ChartAccount, Item, Term

TERMS = (Term("Due on receipt", 0), Term("Net 15", 15), Term("Net 30", 30), Term("Net 60", 60))

_EXPENSE = "Expense"

ACCOUNTS = (
    ChartAccount("Checking", "Bank", "Checking"),
    ChartAccount("Savings", "Bank", "Savings"),
    ChartAccount("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ChartAccount("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ChartAccount("Prepaid Expenses", "Other Current Asset", "PrepaidExpenses"),
    ChartAccount("Computers & Equipment", "Fixed Asset", "MachineryAndEquipment"),
    ChartAccount("Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    ChartAccount("Company Visa", "Credit Card", "CreditCard"),
    ChartAccount("Client Retainers", "Other Current Liability", "OtherCurrentLiabilities"),
    ChartAccount("Due to Employees", "Other Current Liability", "OtherCurrentLiabilities"),
    ChartAccount("Payroll Clearing", "Other Current Liability", "PayrollClearing"),
    ChartAccount("Payroll Liabilities", "Other Current Liability", "PayrollTaxPayable"),
    ChartAccount("Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    ChartAccount("Owner's Equity", "Equity", "OwnersEquity"),
    ChartAccount("Retained Earnings", "Equity", "RetainedEarnings"),
    ChartAccount("Services", "Income", "ServiceFeeIncome"),
    ChartAccount("Consulting Income", "Income", "ServiceFeeIncome", parent="Services"),
    ChartAccount("Design Income", "Income", "ServiceFeeIncome", parent="Services"),
    ChartAccount("Development Income", "Income", "ServiceFeeIncome", parent="Services"),
    ChartAccount("Billable Expense Income", "Income", "ServiceFeeIncome"),
    ChartAccount("Discounts Given", "Income", "DiscountsRefundsGiven"),
    ChartAccount("Uncategorized Income", "Income", "ServiceFeeIncome"),
    ChartAccount("Subcontractors", "Cost of Goods Sold", "CostOfLaborCos"),
    ChartAccount("Direct Labor", "Cost of Goods Sold", "CostOfLaborCos"),
    ChartAccount("Advertising & Marketing", _EXPENSE, "AdvertisingPromotional"),
    ChartAccount("Bad Debts", _EXPENSE, "BadDebts"),
    ChartAccount("Bank Charges & Fees", _EXPENSE, "BankCharges"),
    ChartAccount("Dues & Subscriptions", _EXPENSE, "DuesSubscriptions"),
    ChartAccount("Insurance", _EXPENSE, "Insurance"),
    ChartAccount("Legal & Professional Services", _EXPENSE, "LegalProfessionalFees"),
    ChartAccount("Meals", _EXPENSE, "TravelMeals"),
    ChartAccount("Office Supplies & Software", _EXPENSE, "OfficeGeneralAdministrativeExpenses"),
    ChartAccount("Payroll Expenses", _EXPENSE, "PayrollExpenses"),
    ChartAccount("Rent & Lease", _EXPENSE, "RentOrLeaseOfBuildings"),
    ChartAccount("Travel", _EXPENSE, "Travel"),
    ChartAccount("Uncategorized Expense", _EXPENSE, "OtherMiscellaneousServiceCost"),
    ChartAccount("Utilities", _EXPENSE, "Utilities"),
    ChartAccount("Interest Earned", "Other Income", "InterestEarned"),
)

FOREIGN_ACCOUNTS = (
    ChartAccount("Accounts Receivable (A/R) - EUR", "Accounts Receivable", "AccountsReceivable", currency="EUR"),
    ChartAccount("Exchange Gain or Loss", "Other Expense", "ExchangeGainOrLoss"),
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
