package train_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/train"
)

// What is frozen keeps every number, statistics of normalisations too, and all
// else is trained; a checkpoint has moments of what is trained alone.
func TestFreeze(t *testing.T) {
	set, dir := smallSet(t), t.TempDir()
	numbers := func(freeze string, epochs int) map[string][]float32 {
		c := tiny(set)
		c.Freeze, c.Epochs, c.LR = freeze, epochs, 1e-3
		run := filepath.Join(dir, freeze+string(rune('0'+epochs)))
		_, err := open(t, c).Run(context.Background(), run, quiet)
		ok(t, err)
		return byName(t, filepath.Join(run, train.LastFile))
	}
	// features.0 to 3 reach stride 4 in MobileNet v2 (its table 2).
	stem := func(name string) bool {
		for _, block := range []string{"0", "1", "2", "3"} {
			if strings.HasPrefix(name, "backbone.features."+block+".") {
				return true
			}
		}
		return false
	}
	for freeze, frozen := range map[string]func(name string, norm bool) bool{
		train.FreezeNone:  func(string, bool) bool { return false },
		train.FreezeNorms: func(name string, norm bool) bool { return norm && strings.HasPrefix(name, "backbone.") },
		train.FreezeStem: func(name string, norm bool) bool {
			return norm && strings.HasPrefix(name, "backbone.") || stem(name)
		},
	} {
		one, two := numbers(freeze, 1), numbers(freeze, 2)
		kept, trained := 0, 0
		for name, v := range two {
			if strings.HasPrefix(name, "adam.") {
				continue
			}
			layer := name[:strings.LastIndex(name, ".")]
			norm := two[layer+".running_mean"] != nil
			same := slices.Equal(v, one[name])
			if want := frozen(name, norm); same != want {
				t.Errorf("%s: %s stays the same: %v, want %v", freeze, name, same, want)
			}
			_, moments := two["adam.first."+name]
			if buffer := strings.Contains(name, "running_"); moments == (buffer || frozen(name, norm)) {
				t.Errorf("%s: %s has moments: %v", freeze, name, moments)
			}
			if same {
				kept++
			} else {
				trained++
			}
		}
		if trained == 0 || kept == 0 && freeze != train.FreezeNone {
			t.Errorf("%s: %d tensors kept, %d trained", freeze, kept, trained)
		}
	}
}
