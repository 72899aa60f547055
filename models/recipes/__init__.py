"""How the models that Wenyuan ships were made: a module a model, which `wenyuan models build` calls.

They lie outside the package `wenyuan`, for nobody needs them to make models of one's own; they use its training and the
classes that serve, which wenyuan-models itself does not require. They import one another relatively: in the source tree
they lie beside the package that they are installed into.
"""
