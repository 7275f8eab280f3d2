package fcos

import (
	"encoding/json"
	"math"
	"testing"
)

func TestConfigValidate(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
	nan := math.NaN()
	for name, change := range map[string]func(*Config){
		"channels": func(c *Config) { c.Channels = 80 }, "no channels": func(c *Config) { c.Channels = 0 },
		"many channels": func(c *Config) { c.Channels = 1 << 15 },
		"prior 0":       func(c *Config) { c.Prior = 0 }, "prior": func(c *Config) { c.Prior = nan },
		"alpha 1": func(c *Config) { c.Alpha = 1 }, "alpha": func(c *Config) { c.Alpha = nan },
		"radius -1": func(c *Config) { c.Radius = -1 }, "radius": func(c *Config) { c.Radius = nan }, "radius +Inf": func(c *Config) { c.Radius = math.Inf(1) },
		"count":        func(c *Config) { c.Count = "boxes" },
		"flat ranges":  func(c *Config) { c.Ranges = Ranges{64, 64, 128, 256} },
		"ranges below": func(c *Config) { c.Ranges = Ranges{-1, 64, 128, 256} },
		"endless":      func(c *Config) { c.Ranges = Ranges{1, 2, 3, math.Inf(1)} },
		"ranges":       func(c *Config) { c.Ranges = Ranges{1, 2, nan, 4} },
		"threshold 1":  func(c *Config) { c.Test.Threshold = 1 }, "threshold": func(c *Config) { c.Test.Threshold = nan },
		"threshold -1": func(c *Config) { c.Test.Threshold = -1 }, "candidates": func(c *Config) { c.Test.Candidates = 0 },
		"overlap 2": func(c *Config) { c.Test.Overlap = 2 }, "overlap": func(c *Config) { c.Test.Overlap = nan },
		"box loss": func(c *Config) { c.BoxLoss = "" },
		"score":    func(c *Config) { c.Test.Score = "sum" },
	} {
		c := Default()
		change(&c)
		if c.Validate() == nil {
			t.Errorf("%s: %+v is accepted", name, c)
		}
	}
	if _, err := NewEncoder(0, Default()); err == nil {
		t.Error("no class is accepted")
	}
}

// A configuration comes back from its text, and none leaves no text.
func TestConfigText(t *testing.T) {
	full := rule(Ranges{8, 16, 32, 64}, 1.5, CountCells)
	full.Test = Test{Threshold: 0.1, Candidates: 50, Overlap: 0.5, Score: ScoreProduct}
	for _, c := range []Config{Default(), full} {
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var got Config
		if err := json.Unmarshal(text, &got); err != nil || got != c {
			t.Errorf("%s comes back as %+v, %v", text, got, err)
		}
	}
	if text, err := json.Marshal(Config{}); err != nil || string(text) != "{}" {
		t.Errorf("no configuration is %s, %v", text, err)
	}
}
