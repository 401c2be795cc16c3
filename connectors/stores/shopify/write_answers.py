"""The shapes in which Shopify answers mutations, as far as they are read."""

from pydantic import Field

from connectors.stores.shopify.answers import Part


class UserError(Part):
    """Why a part of a mutation's input was refused."""

    code: str | None = None
    field: list[str] | None = None
    message: str


class _Written(Part):
    """Something that the mutation speaks of."""

    id: str


class UpdatedVariants(Part):
    """What became of the variants; without any list of them nothing was written."""

    product_variants: list[_Written] | None = Field(alias="productVariants")
    user_errors: list[UserError] = Field(alias="userErrors")


class UpdateVariantsAnswer(Part):
    """Answers UpdateVariantPrices."""

    payload: UpdatedVariants = Field(alias="productVariantsBulkUpdate")


class UpdatedProduct(Part):
    """What became of a product; with any error nothing of it was written."""

    product: _Written | None
    user_errors: list[UserError] = Field(alias="userErrors")


class UpdateProductAnswer(Part):
    """Answers UpdateProduct."""

    payload: UpdatedProduct = Field(alias="productUpdate")


class ChangedTags(Part):
    """What became of a product's tags; with any error none of them was written."""

    node: _Written | None
    user_errors: list[UserError] = Field(alias="userErrors")


class AddTagsAnswer(Part):
    """Answers AddTags."""

    payload: ChangedTags = Field(alias="tagsAdd")


class RemoveTagsAnswer(Part):
    """Answers RemoveTags."""

    payload: ChangedTags = Field(alias="tagsRemove")


class ChangedMembers(Part):
    """The job that changes a collection; with any error there is none, and nothing is written."""

    job: _Written | None
    user_errors: list[UserError] = Field(alias="userErrors")


class AddToCollectionAnswer(Part):
    """Answers AddToCollection."""

    payload: ChangedMembers = Field(alias="collectionAddProductsV2")


class RemoveFromCollectionAnswer(Part):
    """Answers RemoveFromCollection."""

    payload: ChangedMembers = Field(alias="collectionRemoveProducts")


class SetStock(Part):
    """The adjustment that sets quantities; with any error there is none, and nothing is set."""

    group: _Written | None = Field(alias="inventoryAdjustmentGroup")
    user_errors: list[UserError] = Field(alias="userErrors")


class SetStockAnswer(Part):
    """Answers SetStock."""

    payload: SetStock = Field(alias="inventorySetQuantities")
