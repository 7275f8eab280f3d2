package train_test

import (
	"strings"
	"testing"

	"cocostat/balance"
	"cocostat/train"
	"cocostat/train/model"
	"cocostat/weights"
)

// Batch normalisation has no deviation of one number: PyTorch refuses to learn
// from a map of one cell of one image ("Expected more than 1 value per channel").
func TestOneCellOfOneImage(t *testing.T) {
	for name, c := range map[string]struct {
		detector, freeze  string
		batch, size, neck int
		short             []int
		refused           bool
	}{
		"one cell":                    {model.CenterNet, "", 1, 32, 3, nil, true},
		"four cells":                  {model.CenterNet, "", 1, 64, 3, nil, false},
		"two images":                  {model.CenterNet, "", 2, 32, 3, nil, false},
		"a finer backbone":            {model.CenterNet, "", 1, 32, 2, nil, false},
		"norms of the neck":           {model.CenterNet, train.FreezeNorms, 1, 32, 3, nil, true},
		"FCOS":                        {model.FCOS, "", 1, 32, 0, nil, true},
		"FCOS with no other norms":    {model.FCOS, train.FreezeNorms, 1, 32, 0, nil, false},
		"FCOS, the smaller of a few":  {model.FCOS, "", 1, 0, 0, []int{96, 32}, true},
		"FCOS, scaled to a few cells": {model.FCOS, "", 1, 0, 0, []int{96, 64}, false},
	} {
		config := train.DefaultConfigOf(c.detector, "mobilenet_v2")
		config.Batch, config.Size, config.Freeze = c.batch, c.size, c.freeze
		config.Model.Neck = config.Model.Neck[:c.neck]
		config.Sides = train.Sides{}
		if c.short != nil {
			config.Sides = train.Sides{Short: c.short, Long: 160}
		}
		err := config.Validate()
		if (err != nil) != c.refused || c.refused && !strings.Contains(err.Error(), "--batch 2") {
			t.Errorf("%s: %v, refused %v", name, err, c.refused)
		}
	}
}

// A training says which of its settings cannot do what they are for.
func TestNotedSettings(t *testing.T) {
	set := smallSet(t)
	for want, change := range map[string]func(*train.Config){
		"those of its last 2 count as a group": func(c *train.Config) { c.Balance = grouped(4) },
		"no groups":                            func(c *train.Config) { c.Balance = grouped(3) },
		"--freeze stem keeps random numbers":   func(c *train.Config) { c.Freeze = train.FreezeStem },
	} {
		c := tiny(set) // batches of 6
		change(&c)
		notes := strings.Join(open(t, c).Notes, "\n")
		if quiet := want == "no groups"; quiet && strings.Contains(notes, "count as a group") || !quiet && !strings.Contains(notes, want) {
			t.Errorf("%s: notes %q", want, notes)
		}
	}
}

// grouped is the method's balance, which counts groups of images together.
func grouped(images int) *balance.Config {
	b := train.DefaultConfig().OwnBalance()
	b.Scope, b.Group = weights.ScopeBatch, images
	return &b
}
