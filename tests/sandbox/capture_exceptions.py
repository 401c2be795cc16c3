# ruff: noqa: E501 - the names of captures cannot be broken
"""Recorded exchanges that the sandbox answers otherwise, each with the reason.

A key is the beginning of an exchange's name: the capture, a dot, and the place in it.
"""

NOT_HELD = (
    "The exchange is about things that no sandbox store holds: articles, pages, markets, media, "
    "publications, selling plans, saved searches, categories."
)
LARGER_STORE = (
    "The answer counts or pages through a store that is larger than what the answer shows of it."
)
OTHER_DOCUMENT = (
    "The document beside the answer is not the one that was sent: the answer lacks what it asks "
    "for, or holds other things."
)
STATE_UNKNOWN = "The capture does not tell enough about the store before the exchange."
LAGGING = "Totals and quantities are older than the levels that the same answer shows."
BEFORE_2026_04 = (
    "Inventory writes of versions before 2026-04 need neither an idempotency key nor "
    "changeFromQuantity; the sandbox stands in for 2026-07."
)
OLDER_SCHEMA = "The answer lists the values of an enumeration that 2026-07 has more of."
DEFINITIONS = "The sandbox knows no metafield definitions, and no rules of theirs."
BULK_QUERIES = "The exchange is about bulk queries; the sandbox runs bulk mutations only."
ONE_AT_A_TIME = "Versions before 2026-01 run one bulk mutation at a time; the sandbox runs five."
ASYNCHRONOUS = "The sandbox deletes products at once, also where it is asked to do so later."

EXCEPTIONS: dict[str, dict[str, str]] = {
    "reads": {
        "2025-01__metafields__metafields-set-validation-gaps.upstreamCalls": NOT_HELD,
        "2025-01__products__collection-add-products-parity.upstreamCalls[0]": OTHER_DOCUMENT,
        "2025-01__products__collection-detail.upstreamCalls[0]": LARGER_STORE,
        "2025-01__products__inventory-adjust-quantities-parity.upstreamCalls": LAGGING,
        "2025-01__products__inventory-location-levels-overlay-windowing.operations": STATE_UNKNOWN,
        "2025-01__products__product-detail.upstreamCalls[0]": NOT_HELD,
        "2025-01__products__product-duplicate-parity.upstreamCalls[0]": OTHER_DOCUMENT,
        "2025-01__products__product-live-hybrid-overlay.upstreamCalls[10]": LARGER_STORE,
        "2025-01__products__product-live-hybrid-overlay.upstreamCalls[5]": NOT_HELD,
        "2025-01__products__product-mutation-hydration-variant-update.upstreamCalls[0]": STATE_UNKNOWN,
        "2025-01__products__product-publish-unpublish.upstreamCalls[0]": NOT_HELD,
        "2025-01__products__product-unpublish-parity.upstreamCalls[0]": NOT_HELD,
        "2025-01__products__product-update-blank-title-parity.upstreamCalls[0]": OTHER_DOCUMENT,
        "2025-01__products__product-variants-bulk-create-inventory-read-parity.upstreamCalls[0]": OTHER_DOCUMENT,
        "2025-01__products__product-variants-bulk-delete-parity.upstreamCalls[1]": OTHER_DOCUMENT,
        "2025-01__products__product-variants-matrix.upstreamCalls[0]": OTHER_DOCUMENT,
        "2025-01__products__product-variants-matrix.upstreamCalls[2]": LAGGING,
        "2025-01__products__productCreate-category-non-sentinel-parity.downstreamRead": NOT_HELD,
        "2025-01__products__productCreate-category-non-sentinel-parity.upstreamCalls[0]": NOT_HELD,
        "2025-01__products__products-common-search-filters.preconditionRead": LARGER_STORE,
        "2025-01__products__products-common-search-filters.upstreamCalls[0]": LARGER_STORE,
        "2025-01__products__products-partial-overlay-read.upstreamCalls[1]": LARGER_STORE,
        "2025-01__products__products-partial-overlay-read.upstreamCalls[2]": LARGER_STORE,
        "2025-01__products__products-search-pagination.upstreamCalls[0]": LARGER_STORE,
        "2025-01__products__tags-remove-parity.upstreamCalls[0]": NOT_HELD,
        "2026-04__bulk-operations__bulk-operation-cancel-preserves-fields": BULK_QUERIES,
        "2026-04__bulk-operations__bulk-operation-run-query-concurrency-limit": BULK_QUERIES,
        "2026-04__bulk-operations__bulk-operation-run-query-schema-roots": BULK_QUERIES,
        "2026-04__products__inventory-activate-on-hand.cases.activateOnHandRead": STATE_UNKNOWN,
        "2026-04__products__inventory-item-levels-connection-windowing-2026-04.operations.windowRead": STATE_UNKNOWN,
        "2026-04__products__product-relationship-roots-mutation-preflight.upstreamCalls[2]": NOT_HELD,
        "2026-04__products__product-relationship-roots-mutation-preflight.upstreamCalls[3]": NOT_HELD,
        "2026-04__products__product-relationship-roots.upstreamCalls[0]": STATE_UNKNOWN,
        "2026-04__products__product-relationship-roots.upstreamCalls[1]": STATE_UNKNOWN,
        "2026-04__products__product-relationship-roots.upstreamCalls[2]": STATE_UNKNOWN,
        "2026-04__products__product-relationship-roots.upstreamCalls[3]": STATE_UNKNOWN,
        "2026-04__products__product-relationship-roots.upstreamCalls[4]": NOT_HELD,
        "2026-04__products__product-relationship-roots.upstreamCalls[6]": OTHER_DOCUMENT,
        "2026-04__products__product-relationship-roots.upstreamCalls[7]": OTHER_DOCUMENT,
        "2026-04__products__product-relationship-roots.upstreamCalls[8]": NOT_HELD,
        "2026-04__products__product-relationship-roots.upstreamCalls[9]": NOT_HELD,
    },
    "writes": {
        "2025-01__bulk-operations__bulk-operation-run-mutation-operation-in-progress.secondRun": ONE_AT_A_TIME,
        "2025-01__metafields__metafields-set-validation-gaps.cleanup[1]": NOT_HELD,
        "2025-01__metafields__metafields-set-validation-gaps.cleanup[2]": STATE_UNKNOWN,
        "2025-01__metafields__metafields-set-validation-gaps.definitionRules.invalidSet": DEFINITIONS,
        "2025-01__metafields__metafields-set-validation-gaps.ownerTypes.metafieldsSet": NOT_HELD,
        "2025-01__products__collection-create-initial-products-parity.cleanup": STATE_UNKNOWN,
        "2025-01__products__inventory-adjust-quantities-parity.invalidNameProbe": BEFORE_2026_04,
        "2025-01__products__inventory-adjust-quantities-parity.missingRequiredFieldProbes.unknownInventoryItemId": BEFORE_2026_04,
        "2025-01__products__inventory-adjust-quantities-parity.missingRequiredFieldProbes.unknownLocationId": BEFORE_2026_04,
        "2025-01__products__inventory-adjust-quantities-parity.nonAvailableMutation": BEFORE_2026_04,
        "2025-01__products__inventory-location-levels-overlay-windowing.operations.inventoryAdjust": BEFORE_2026_04,
        "2025-01__products__inventory-location-levels-overlay-windowing.operations.inventorySet": BEFORE_2026_04,
        "2025-01__products__inventorySetQuantities-name-validation.cases": BEFORE_2026_04,
        "2025-01__products__metafields-set-cas-success-parity.mutation": STATE_UNKNOWN,
        "2025-01__products__metafields-set-invalid-compare-digest-parity.mutation": STATE_UNKNOWN,
        "2025-01__products__metafields-set-stale-digest-parity.mutation": STATE_UNKNOWN,
        "2025-01__products__product-create-parity.handleValidation.createPunctuationNormalization": STATE_UNKNOWN,
        "2025-01__products__product-delete-async-operation.duplicateMutation": ASYNCHRONOUS,
        "2025-01__products__product-delete-async-operation.mutation": ASYNCHRONOUS,
        "2025-01__products__product-operation-cold-authoritative-read.cleanup": STATE_UNKNOWN,
        "2025-01__products__product-status-enum-validation.validation.productChangeStatusInvalidVariable": OLDER_SCHEMA,
        "2025-01__products__product-status-enum-validation.validation.productCreateInvalidVariable": OLDER_SCHEMA,
        "2025-01__products__product-variants-bulk-create-inventory-read-parity.mutation": LAGGING,
        "2025-01__products__productCreate-category-non-sentinel-parity.mutation": NOT_HELD,
        "2025-01__products__products-partial-overlay-read.setup.variantSetup": STATE_UNKNOWN,
        "2026-04__bulk-operations__bulk-operation-cancel-preserves-fields": BULK_QUERIES,
        "2026-04__bulk-operations__bulk-operation-run-query-concurrency-limit": BULK_QUERIES,
        "2026-04__bulk-operations__bulk-operation-run-query-schema-roots": BULK_QUERIES,
        "2026-04__products__inventory-item-levels-connection-windowing-2026-04.operations.inventoryAdjust": STATE_UNKNOWN,
        "2026-04__products__inventory-item-levels-connection-windowing-2026-04.operations.inventorySet": STATE_UNKNOWN,
        "2026-04__products__inventorySetQuantities-quantity-bounds.cases.availableNegativeWithinBounds": STATE_UNKNOWN,
    },
}
