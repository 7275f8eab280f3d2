package recipes

// Small is the recipe for sets of at most SmallImages training images, which no
// table of the paper is about.
const (
	Small       = "small"
	SmallImages = 2000
)
