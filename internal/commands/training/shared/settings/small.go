package settings

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/internal/textable"
	"cocostat/train/data"
	"cocostat/train/recipes"
	"cocostat/weights/codec"
)

// choosesNetwork are flags after which no recipe is chosen for a small set: they
// say what to train, or belong to a CenterNet.
var choosesNetwork = append([]string{"recipe", "resume", "detector", "backbone", "loss"}, centerNetFlags.names...)

// SuitSmall takes the recipe for small sets where a small dataset is all that was
// named, and no network or loss. Beside a weights file, which asks for an
// experiment of its own, it only speaks of it. Advice is what to tell the user of
// that. A dataset that cannot be read is left to those who need more of it.
func (o *Training) SuitSmall(ctx context.Context, f *pflag.FlagSet) {
	if slices.ContainsFunc(choosesNetwork, f.Changed) {
		return
	}
	n := o.trainingImages(ctx)
	if n == 0 || n > recipes.SmallImages {
		return
	}
	if o.Config.Weights != "" {
		o.Advice = fmt.Sprintf("%s training images are few: --recipe %s learns more from them in the same time than the paper's settings", textable.Integer(n), recipes.Small)
		return
	}
	o.Recipe = recipes.Small
	o.Advice = fmt.Sprintf("%s training images are few: trained by the recipe %s ('train recipes %s'); flags override it, and --recipe table1/ours is the paper's", textable.Integer(n), recipes.Small, recipes.Small)
	if o.Config.Pretrained == "" {
		o.Advice += "; --pretrained, with a MobileNet v2 that ImageNet has trained, helps most"
	}
}

// trainingImages counts the images to train on; 0 if that is unknown.
func (o *Training) trainingImages(ctx context.Context) int {
	if o.Dataset == "" {
		table, err := codec.ReadFile(o.Config.Weights)
		if err != nil {
			return 0
		}
		return int(table.Meta.Images)
	}
	var paths []string
	for _, path := range append([]string{o.Dataset}, o.More...) {
		path, err := data.FindTrain(path)
		if err != nil {
			return 0
		}
		paths = append(paths, path)
	}
	counts, err := dataset.Count(ctx, paths, annotations.Options{Trainable: true, NoRoots: true, ByName: o.Classes.ByName(), NoHash: true})
	if err != nil {
		return 0
	}
	return len(counts.ImageRows)
}
