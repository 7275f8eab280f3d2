package train

import (
	"fmt"

	"cocostat/balance"
	"cocostat/train/model"
	"cocostat/weights"
)

// The paper's settings of the method in FCOS (section 5.6).
const (
	fcosEta      = 0.999
	fcosGroup    = 4
	fcosDeferred = 3
)

// ownBalance returns the detector's settings where no weights file has any: b's,
// which are CenterNet's, or those of FCOS.
func (c Config) ownBalance(b balance.Config) balance.Config {
	if c.Model.Detector == model.FCOS {
		b.Eta, b.Scope, b.Group, b.DeferredEpochs = fcosEta, weights.ScopeBatch, fcosGroup, fcosDeferred
	}
	return b
}

// OwnBalance returns the settings of the method for the detector where no weights
// file has any.
func (c Config) OwnBalance() balance.Config {
	d := weights.DefaultOptions()
	return c.ownBalance(balance.FromMetadata(weights.Metadata{Schedule: d.Schedule, Eta: d.Eta, Intensity: d.Intensity}))
}

// etaNote says that η of a weights file, CenterNet's as a rule, is far from what
// FCOS had: an image's objects count one by one there. Balance must be set.
func (c Config) etaNote() string {
	const far = 0.99
	if c.Model.Detector != model.FCOS || !c.Loss.BB || c.Balance.Eta >= far {
		return ""
	}
	return fmt.Sprintf("η is %g, as the paper has it for CenterNet; for FCOS it has %g, over groups of %d images: --eta %g --eta-scope %s --eta-group %d",
		c.Balance.Eta, fcosEta, fcosGroup, fcosEta, weights.ScopeBatch, fcosGroup)
}
