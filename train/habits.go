package train

import (
	"cocostat/balance"
	"cocostat/train/model"
)

// habits are how a detector is trained and tested, beside its network.
type habits struct {
	// publish changes a CenterNet's settings to those that were published.
	publish func(c *Config)
	// method likewise changes those of the paper's method.
	method func(b *balance.Config)
	// mirrors says that mirror images can count in tests.
	mirrors bool
	// ownNorms says that it has batch normalisations beside the backbone's.
	ownNorms bool
	// overlap returns the IoU above which a box yields to a better one of its
	// class; nil where none does.
	overlap func(c *Config) *float64
	// lighter are the flags that make its network take less.
	lighter []string
	// freeze is what of a pretrained backbone, no MobileNet, is not trained; empty
	// means nothing.
	freeze string
}

// habitsOf are those of the detectors, a file each.
var habitsOf = map[string]habits{model.CenterNet: centerNetHabits, model.FCOS: fcosHabits}

func (c Config) habits() habits {
	if h, has := habitsOf[c.Model.Detector]; has {
		return h
	}
	return centerNetHabits // also of configurations from before there was another
}

// PretrainedFreeze is what of a pretrained backbone is not trained, unless the
// configuration says otherwise.
func (c Config) PretrainedFreeze() string { return c.habits().freeze }
