package train_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cocostat/balance"
	"cocostat/train"
	"cocostat/train/data"
)

// before is a part of the config.json of a run of before its keys had one style.
const before = `{
  "data": {"TrainJSON": "/d/train.json", "TrainImages": "/d/train", "ValJSON": "/d/val.json", "ValImages": "/d/val"},
  "model": {"detector": "centernet", "backbone": "mobilenet_v2", "width": 1, "classes": 10},
  "loss": "focal+wf",
  "balance": {"WF": true, "BB": false, "LS": false, "Schedule": "deferred-linear", "DeferredEpochs": 5, "Update": "epoch",
    "Eta": 0.8, "Reading": "base", "Scope": "batch", "Group": 4, "Intensity": 0.5},
  "epochs": 3,
  "augment": {"MinScale": 0.6, "MaxScale": 1.3, "ScaleStep": 0.1, "Shift": true, "Border": 128, "Flip": 0.5, "Jitter": 0.4, "Lighting": 0.1},
  "on_bad_image": "fail"
}`

func TestConfigOfBefore(t *testing.T) {
	dir := t.TempDir()
	ok(t, os.WriteFile(filepath.Join(dir, train.ConfigFile), []byte(before), 0o644))
	c, err := train.ReadConfig(dir)
	ok(t, err)
	if want := (data.Layout{TrainJSON: "/d/train.json", TrainImages: "/d/train", ValJSON: "/d/val.json", ValImages: "/d/val"}); c.Data != want {
		t.Errorf("data %+v", c.Data)
	}
	if want := (balance.Config{WF: true, Schedule: "deferred-linear", DeferredEpochs: 5, Update: "epoch", Eta: 0.8, Reading: "base", Scope: "batch", Group: 4, Intensity: 0.5}); *c.Balance != want {
		t.Errorf("balance %+v", *c.Balance)
	}
	if c.Augment != data.CenterNetAugment() || c.Epochs != 3 {
		t.Errorf("augment %+v, epochs %d", c.Augment, c.Epochs)
	}
	text, err := json.Marshal(c)
	ok(t, err)
	var again train.Config
	ok(t, json.Unmarshal(text, &again))
	if again.Data != c.Data || *again.Balance != *c.Balance || again.Augment != c.Augment {
		t.Errorf("written and read again: %s", text)
	}
}

// All keys of config.json have one style, in whatever a configuration can hold.
func TestConfigKeys(t *testing.T) {
	key := regexp.MustCompile(`"([^"]*)":`)
	for _, detector := range []string{"centernet", "fcos"} {
		c := train.DefaultConfigOf(detector, "resnet18")
		c.Balance = &balance.Config{Group: 4}
		text, err := json.Marshal(c)
		ok(t, err)
		found := key.FindAllStringSubmatch(string(text), -1)
		if len(found) < 40 {
			t.Fatalf("%d keys in %s", len(found), text)
		}
		for _, m := range found {
			if strings.Trim(m[1], "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
				t.Errorf("%s: the key %s", detector, m[1])
			}
		}
	}
}
