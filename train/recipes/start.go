package recipes

// PaperStart is what the networks of all published rows begin with. No recipe
// sets it, as it is a file.
const PaperStart = "a backbone that was trained on ImageNet"

// Start is a kind of first weights of a backbone.
type Start int

const (
	StartRandom   Start = iota
	StartForeign        // a file of another program's network: torchvision's, it is assumed
	StartOwnModel       // a network of this program, which was not trained on ImageNet
)

// IsPublished reports whether the recipe is a row of a table, or a copy of one.
func (r Recipe) IsPublished() bool { return r.Table != "" || len(r.Published) > 0 }

// Note says that the published values do not hold for a training that begins
// so; "" if they may.
func (s Start) Note() string {
	var begins string
	switch s {
	case StartRandom:
		begins = "random weights"
	case StartOwnModel:
		begins = "a network of this program"
	default:
		return ""
	}
	return "another experiment than the published one: the paper begins with " + PaperStart + ", this training with " + begins +
		"; --pretrained FILE takes torchvision's weights"
}
