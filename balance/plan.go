package balance

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"cocostat/internal/jsonkeys"
	"cocostat/weights"
)

// Config says which parts of the method take part (table 1 of the paper) and
// with what parameters.
type Config struct {
	WF bool `json:"wf"` // weighting factor: class weights α; without it every α is 1
	BB bool `json:"bb"` // batch-wise balancing: η̂^n; without it the factor is 1
	LS bool `json:"ls"` // linear scheduling; without it λ is 1 from the first epoch on

	Schedule       Schedule   `json:"schedule"`
	DeferredEpochs int        `json:"deferred_epochs"`     // d ≥ 0
	Update         string     `json:"update"`              // weights.UpdateEpoch or weights.UpdateStep: how often λ changes
	Eta            float64    `json:"eta"`                 // in [0, 1]; 0.8 for CenterNet, 0.999 for FCOS
	Reading        EtaReading `json:"eta_reading"`         // of η̂
	Scope          string     `json:"eta_scope"`           // weights.ScopeImage (also if empty) or weights.ScopeBatch: where n counts objects
	Group          int        `json:"eta_group,omitempty"` // with weights.ScopeBatch, images that count together; 0 means all of the mini-batch
	Intensity      float64    `json:"intensity"`           // s in [0, 1]; 1 in the paper's method, 0.05 on COCO-LT
}

// UnmarshalJSON also reads the keys of runs of before.
func (c *Config) UnmarshalJSON(text []byte) error {
	type plain Config
	return jsonkeys.Unmarshal(text, (*plain)(c), map[string]string{
		"DeferredEpochs": "deferred_epochs", "Reading": "eta_reading", "Scope": "eta_scope", "Group": "eta_group",
	})
}

// FromMetadata returns the configuration that a weights file asks for, with
// all parts switched on.
func FromMetadata(m weights.Metadata) Config {
	return Config{
		WF: true, BB: true, LS: true,
		Schedule:       Schedule(m.Schedule.Name),
		DeferredEpochs: m.Schedule.DeferredEpochs,
		Update:         m.Schedule.Update,
		Eta:            m.Eta.Value,
		Reading:        EtaReading(m.Eta.Reading),
		Scope:          m.Eta.Scope,
		Intensity:      m.Intensity,
	}
}

// Validate reports unknown names and numbers outside their ranges.
func (c Config) Validate() error {
	err := errors.Join(
		weights.Schedule{Name: string(c.Schedule), DeferredEpochs: c.DeferredEpochs, Update: c.Update}.Validate(),
		weights.Eta{Value: c.Eta, Reading: string(c.Reading), Scope: c.Scope}.Validate())
	switch {
	case c.Group < 0:
		err = errors.Join(err, fmt.Errorf("groups of %d images, want at least 1, or 0 for the whole mini-batch", c.Group))
	case c.Group > 0 && c.Scope != weights.ScopeBatch:
		err = errors.Join(err, fmt.Errorf("groups of %d images belong to the scope %s", c.Group, weights.ScopeBatch))
	}
	if !(c.Intensity >= 0 && c.Intensity <= 1) {
		err = errors.Join(err, fmt.Errorf("intensity %v is not in [0, 1]", c.Intensity))
	}
	if err != nil {
		return fmt.Errorf("balance: %w", err)
	}
	return nil
}

// Plan gives the weights of a whole training. It is safe for concurrent use.
type Plan struct {
	alpha  []float64
	config Config
	epochs int
}

// NewPlan returns the plan of a training of the given number of epochs.
// alpha[i] is the weight of class i, positive or zero, or NaN for a class
// without one (see weights.Table.Alphas).
func NewPlan(alpha []float64, c Config, epochs int) (*Plan, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if epochs < 1 {
		return nil, fmt.Errorf("balance: %d epochs, want at least 1", epochs)
	}
	for i, a := range alpha {
		if a < 0 || math.IsInf(a, 0) {
			return nil, fmt.Errorf("balance: alpha of class %d is %v, want a finite number of at least 0", i, a)
		}
	}
	return &Plan{slices.Clone(alpha), c, epochs}, nil
}

// Moment is the plan at one point of the training.
type Moment struct {
	Lambda   float64
	AlphaHat []float64 // α̂ per class; all 1 without the weighting factor
	eta      float64
	reading  EtaReading
	scope    string
	group    int
}

// At returns the plan at an epoch ∈ [0, epochs), which may be fractional:
// epoch + step/steps. With an update per epoch only its whole part counts.
func (p *Plan) At(epoch float64) Moment {
	if p.config.Update == weights.UpdateEpoch {
		epoch = math.Floor(epoch)
	}
	schedule := p.config.Schedule
	if !p.config.LS {
		schedule = Constant
	}
	m := Moment{
		Lambda:  Lambda(schedule, epoch, p.config.DeferredEpochs, p.epochs),
		eta:     p.config.Eta,
		reading: p.config.Reading,
		scope:   p.config.Scope,
		group:   p.config.Group,
	}
	intensity := p.config.Intensity
	if !p.config.WF {
		intensity = 0
	}
	if !p.config.BB {
		m.eta = 1
	}
	m.AlphaHat = AlphaHat(p.alpha, m.Lambda, intensity)
	return m
}

// EtaHat returns the batch-wise factor of a class with n objects in an image,
// 1 without batch-wise balancing.
func (m Moment) EtaHat(n int) float64 { return EtaPower(m.reading, m.eta, m.Lambda, n) }

// Weights returns ŵ per class for an image whose targets hold objects[i]
// objects of class i. It panics if objects has another length than AlphaHat.
func (m Moment) Weights(objects []int32) []float64 {
	return Weights(m.AlphaHat, objects, m.reading, m.eta, m.Lambda)
}

// BatchWeights returns ŵ of every image and class of a mini-batch, shape B×C as
// objects. With weights.ScopeBatch, n is the sum over the images, or over each
// group of them in their order, as on the devices that share a mini-batch: these
// images have the same weights. It panics if objects holds no whole number of
// images.
func (m Moment) BatchWeights(objects []int32) []float64 {
	classes := len(m.AlphaHat)
	if len(objects)%classes != 0 {
		panic(fmt.Sprintf("balance: %d object counts for images of %d classes", len(objects), classes))
	}
	w := make([]float64, 0, len(objects))
	for group := range slices.Chunk(objects, classes*m.together(len(objects)/classes)) {
		shared := m.Weights(sumImages(group, classes))
		for range len(group) / classes {
			w = append(w, shared...)
		}
	}
	return w
}

// together returns how many of a mini-batch's images count objects together.
func (m Moment) together(images int) int {
	switch {
	case m.scope != weights.ScopeBatch:
		return 1
	case m.group == 0:
		return max(images, 1)
	}
	return m.group
}

// sumImages adds up the images of B×C counts.
func sumImages(objects []int32, classes int) []int32 {
	sum := make([]int32, classes)
	for i, n := range objects {
		sum[i%classes] += n
	}
	return sum
}
