"""Types of account, what each is classified as, and the sub-types that belong to it.

Belongs here: literals. Must not be here: behaviour.
Source: QuickBooks Online API reference, Account: AccountType and AccountSubType.
"""

CLASSIFICATIONS = {
    "Bank": "Asset",
    "Accounts Receivable": "Asset",
    "Other Current Asset": "Asset",
    "Fixed Asset": "Asset",
    "Other Asset": "Asset",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
    "Equity": "Equity",
    "Income": "Revenue",
    "Other Income": "Revenue",
    "Cost of Goods Sold": "Expense",
    "Expense": "Expense",
    "Other Expense": "Expense",
    "Non-Posting": "Asset",
}

DEFAULT_SUB_TYPES = {
    "Bank": "CashOnHand",
    "Other Current Asset": "EmployeeCashAdvances",
    "Fixed Asset": "FurnitureAndFixtures",
    "Other Asset": "Licenses",
    "Accounts Receivable": "AccountsReceivable",
    "Equity": "OpeningBalanceEquity",
    "Expense": "Travel",
    "Other Expense": "Depreciation",
    "Cost of Goods Sold": "CostOfLaborCos",
    "Accounts Payable": "AccountsPayable",
    "Credit Card": "CreditCard",
    "Long Term Liability": "NotesPayable",
    "Other Current Liability": "OtherCurrentLiabilities",
    "Income": "OtherPrimaryIncome",
    "Other Income": "OtherInvestmentIncome",
}

_BY_TYPE = {
    "Bank": "CashOnHand Checking MoneyMarket RentsHeldInTrust Savings TrustAccounts CashAndCashEquivalents "
    "OtherEarMarkedBankAccounts",
    "Accounts Receivable": "AccountsReceivable",
    "Other Current Asset": "AllowanceForBadDebts DevelopmentCosts EmployeeCashAdvances OtherCurrentAssets Inventory "
    "Investment_MortgageRealEstateLoans Investment_Other Investment_TaxExemptSecurities "
    "Investment_USGovernmentObligations LoansToOfficers LoansToOthers LoansToStockholders PrepaidExpenses Retainage "
    "UndepositedFunds",
    "Fixed Asset": "AccumulatedDepletion AccumulatedDepreciation DepletableAssets FixedAssetComputers "
    "FixedAssetCopiers FixedAssetFurniture FixedAssetPhone FixedAssetPhotoVideo FixedAssetSoftware "
    "FixedAssetOtherToolsEquipment FurnitureAndFixtures Land LeaseholdImprovements OtherFixedAssets "
    "AccumulatedAmortization Buildings IntangibleAssets MachineryAndEquipment Vehicles",
    "Other Asset": "LeaseBuyout OtherLongTermAssets SecurityDeposits AccumulatedAmortizationOfOtherAssets Goodwill "
    "Licenses OrganizationalCosts",
    "Accounts Payable": "AccountsPayable",
    "Credit Card": "CreditCard",
    "Other Current Liability": "DirectDepositPayable LineOfCredit LoanPayable GlobalTaxPayable GlobalTaxSuspense "
    "OtherCurrentLiabilities PayrollClearing PayrollTaxPayable PrepaidExpensesPayable RentsInTrustLiability "
    "TrustAccountsLiabilities FederalIncomeTaxPayable InsurancePayable SalesTaxPayable StateLocalIncomeTaxPayable "
    "DeferredRevenue",
    "Long Term Liability": "NotesPayable OtherLongTermLiabilities ShareholderNotesPayable",
    "Equity": "OpeningBalanceEquity PartnersEquity RetainedEarnings AccumulatedAdjustment OwnersEquity "
    "PaidInCapitalOrSurplus PartnerContributions PartnerDistributions PreferredStock CommonStock TreasuryStock "
    "EstimatedTaxes Healthcare PersonalIncome PersonalExpense",
    "Income": "NonProfitIncome OtherPrimaryIncome SalesOfProductIncome ServiceFeeIncome DiscountsRefundsGiven "
    "UnappliedCashPaymentIncome CashReceiptIncome",
    "Other Income": "DividendIncome InterestEarned OtherInvestmentIncome OtherMiscellaneousIncome "
    "TaxExemptInterest GainLossOnSaleOfFixedAssets GainLossOnSaleOfInvestments",
    "Cost of Goods Sold": "EquipmentRentalCos OtherCostsOfServiceCos ShippingFreightDeliveryCos SuppliesMaterialsCogs "
    "CostOfLaborCos",
    "Expense": "AdvertisingPromotional BadDebts BankCharges CharitableContributions CommissionsAndFees Entertainment "
    "EntertainmentMeals EquipmentRental FinanceCosts GlobalTaxExpense Insurance InterestPaid LegalProfessionalFees "
    "OfficeExpenses OfficeGeneralAdministrativeExpenses OtherBusinessExpenses OtherMiscellaneousServiceCost "
    "PromotionalMeals RentOrLeaseOfBuildings RepairMaintenance ShippingFreightDelivery SuppliesMaterials Travel "
    "TravelMeals Utilities Auto CostOfLabor DuesSubscriptions PayrollExpenses TaxesPaid "
    "UnappliedCashBillPaymentExpense",
    "Other Expense": "Depreciation ExchangeGainOrLoss OtherMiscellaneousExpense PenaltiesSettlements Amortization "
    "GasAndFuel HomeOffice HomeOwnerRentalInsurance OtherHomeOfficeExpenses MortgageInterest RentAndLease "
    "RepairsAndMaintenance ParkingAndTolls Vehicle VehicleInsurance VehicleLease VehicleLoanInterest VehicleLoan "
    "VehicleRegistration VehicleRepairs OtherVehicleExpenses WashAndRoadServices",
}

SUB_TYPES = {sub_type: kind for kind, sub_types in _BY_TYPE.items() for sub_type in sub_types.split()}
"""The type each sub-type belongs to."""
