"""What a unit costs the merchant: a product's cost, and variants' own ones in its place.

The platform keeps 0 where nobody has entered a cost, so 0 is taken for unknown.
"""

from typing import Final

from connectors.stores.bigcommerce.answers import ProductNode, VariantNode
from steward.money import Money

COST_NAME: Final = "cost_price"


def cost_of_variant(node: ProductNode, variant: VariantNode, currency: str) -> Money | None:
    """Return the variant's own cost, or the product's, where one is known."""
    amount = node.cost_price if variant.cost_price is None else variant.cost_price
    return Money.rounded_up(amount, currency) if amount else None


def cost_of_product(node: ProductNode, currency: str) -> Money | None:
    """Return the highest cost of what is sold at the product's own price.

    None where the cost of one of those variants is not known.
    """
    inheriting = [variant for variant in node.variants if variant.price is None]
    costs = [cost_of_variant(node, variant, currency) for variant in inheriting]
    if not costs:
        return Money.rounded_up(node.cost_price, currency) if node.cost_price else None
    known = [cost for cost in costs if cost is not None]
    return max(known, key=lambda cost: cost.amount) if len(known) == len(costs) else None
