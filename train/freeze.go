package train

import (
	"fmt"

	"cocostat/train/detector"
)

// What of a backbone is not trained.
const (
	FreezeNone  = "none"
	FreezeNorms = "norms" // scales, shifts and statistics of its batch normalisations
	FreezeStem  = "stem"  // these, and all up to stride 4: the stem and the first stage of a ResNet
)

// validateFreeze reports an unknown setting.
func (c Config) validateFreeze() error {
	switch c.Freeze {
	case "", FreezeNone, FreezeNorms, FreezeStem:
		return nil
	}
	return fmt.Errorf("train: unknown part %q to freeze: use %s, %s or %s", c.Freeze, FreezeNone, FreezeNorms, FreezeStem)
}

// freezeNote says that what is not trained was not trained before either.
func (c Config) freezeNote() string {
	if c.Freeze == "" || c.Freeze == FreezeNone || c.Pretrained != "" {
		return ""
	}
	return fmt.Sprintf("--freeze %s keeps random numbers of the backbone as they are: name trained ones with --pretrained", c.Freeze)
}

// freeze makes a part of the backbone keep its numbers.
func (c Config) freeze(net detector.Detector) error {
	if c.Freeze == "" || c.Freeze == FreezeNone {
		return nil
	}
	stages, frozen := net.Backbone().Stages, map[string]bool{}
	norms := net.NormEntries()
	for i, e := range net.Entries()[:stages[len(stages)-1].Entries] {
		frozen[e.Name] = norms[e.Name] || c.Freeze == FreezeStem && i < stages[0].Entries
	}
	return net.Freeze(func(name string) bool { return frozen[name] })
}
