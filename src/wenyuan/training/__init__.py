"""Makes and judges models: recipes, losses, exports. Serving never imports this package."""
