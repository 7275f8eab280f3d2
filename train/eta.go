package train

import (
	"fmt"

	"cocostat/balance"
	"cocostat/weights"
)

// ownBalance returns the detector's settings where no weights file has any; b are
// CenterNet's.
func (c Config) ownBalance(b balance.Config) balance.Config {
	c.habits().method(&b)
	return b
}

// OwnBalance returns the settings of the method for the detector where no weights
// file has any.
func (c Config) OwnBalance() balance.Config {
	d := weights.DefaultOptions()
	return c.ownBalance(balance.FromMetadata(weights.Metadata{Schedule: d.Schedule, Eta: d.Eta, Intensity: d.Intensity}))
}

// etaNote says that η of a weights file, CenterNet's as a rule, is far from the
// detector's own, which counts the objects of several images. Balance must be set.
func (c Config) etaNote() string {
	const far = 0.99
	own := c.OwnBalance()
	if !c.Loss.BB || own.Eta < far || c.Balance.Eta >= far {
		return ""
	}
	return fmt.Sprintf("η is %g, as the paper has it for CenterNet; for this detector it has %g, over groups of %d images: --eta %g --eta-scope %s --eta-group %d",
		c.Balance.Eta, own.Eta, own.Group, own.Eta, own.Scope, own.Group)
}

// groupNote says that the groups of images that count together do not divide the
// batch, so that the last one is smaller, and its n with it. Balance must be set.
func (c Config) groupNote() string {
	group := c.Balance.Group
	if !c.Loss.BB || group == 0 || c.Batch%group == 0 {
		return ""
	}
	return fmt.Sprintf("η counts the objects of %d images together, and a batch has %d: those of its last %d count as a group; --eta-group or --batch make them fit",
		group, c.Batch, c.Batch%group)
}
