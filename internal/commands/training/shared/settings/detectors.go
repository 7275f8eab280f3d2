package settings

import (
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cocostat/internal/cli"
	"cocostat/train/model"
)

// detectorFlag are the flags of one detector.
type detectorFlag struct {
	detector string
	add      func(cmd *cobra.Command, m *model.Config)
	names    []string // of the flags, and of others that have a meaning for it alone
	// own gives the flags that were not set the values that the detector has on its
	// backbone, d.
	own func(m *model.Config, d model.Config, set func(name string) bool)
}

// detectorFlags are those of the detectors, a file each.
var detectorFlags = []detectorFlag{centerNetFlags, fcosFlags}

// checkDetector refuses flags of another detector, and completes those of the one
// that was chosen.
func (o *Training) checkDetector(set *pflag.FlagSet) error {
	m := &o.Config.Model
	published := model.Default(m.Detector, m.Backbone, m.Classes)
	for _, d := range detectorFlags {
		if d.detector == m.Detector {
			d.own(m, published, set.Changed)
			continue
		}
		if i := slices.IndexFunc(d.names, set.Changed); i >= 0 {
			return cli.Usagef("--%s belongs to --detector %s, not to %s", d.names[i], d.detector, m.Detector)
		}
		d.own(m, published, func(string) bool { return false })
	}
	return nil
}
