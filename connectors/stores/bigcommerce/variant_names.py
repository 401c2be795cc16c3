"""What variants are called beside their product's name."""

from connectors.stores.bigcommerce.answers import VariantNode

# What a product without options is called in lists of variants.
ONLY_ONE = "Default Title"


def name_of(variant: VariantNode) -> str:
    """Return what tells a variant from the others of its product."""
    return " / ".join(value.label for value in variant.option_values) or "base variant"
