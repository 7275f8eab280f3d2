package reproduce

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"cocostat/internal/runlog"
	"cocostat/train"
)

// State is how far a run has come.
type State struct {
	Begun  bool
	Epochs int               // whole epochs that are saved
	Result *train.Evaluation // of a finished run
}

// State reads the run's folder. It fails if the run in it was made with other
// settings, and names them.
func (r Run) State() (s State, err error) {
	if _, err := os.Stat(filepath.Join(r.Dir, train.ConfigFile)); errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	was, err := train.ReadConfig(r.Dir)
	if err != nil {
		return s, err
	}
	different, err := differences(was, r.Config)
	if err != nil {
		return s, err
	}
	if len(different) > 0 {
		return s, fmt.Errorf("reproduce: the run in %s was made with other settings: %s: go on with the old ones, or name another folder", r.Dir, strings.Join(different, "; "))
	}
	s.Begun = true
	if s.Epochs, err = savedEpochs(r.Dir); err != nil {
		return s, err
	}
	s.Result, err = readResult(r.Dir)
	return s, err
}

// readResult reads the evaluation that the last epoch of a run ends with; nil
// if there is none yet.
func readResult(dir string) (*train.Evaluation, error) {
	path := filepath.Join(dir, train.ResultsFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reproduce: %w", err)
	}
	e := new(train.Evaluation)
	if err := json.Unmarshal(text, e); err != nil {
		return nil, fmt.Errorf("reproduce: %s: %w: remove the file, and the run is evaluated again", path, err)
	}
	return e, nil
}

// savedEpochs counts the epochs in a run's metrics.
func savedEpochs(dir string) (int, error) {
	if _, err := os.Stat(filepath.Join(dir, runlog.File)); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	r, err := runlog.Open(dir)
	if err != nil {
		return 0, fmt.Errorf("reproduce: %w", err)
	}
	return len(r.Epochs), nil
}

// machine are the keys of a configuration that say where and how a run is
// computed, called and watched, not what comes out. What is to become of bad
// images is one: a run that met none has the same numbers either way.
var machine = []string{"recipe", "start_note", "weights", "device", "threads", "workers", "cache", "save_every", "eval_every", "on_bad_image"}

// differences lists the settings in which a run that was made differs from one
// that is wanted, such as "epochs was 10, now 20".
func differences(was, now train.Config) ([]string, error) {
	a, err := flatten(was)
	if err != nil {
		return nil, err
	}
	b, err := flatten(now)
	if err != nil {
		return nil, err
	}
	var list []string
	for key := range b {
		if _, has := a[key]; !has {
			a[key] = nil
		}
	}
	for key, value := range a {
		if !slices.Contains(machine, key) && !reflect.DeepEqual(value, b[key]) {
			list = append(list, fmt.Sprintf("%s was %s, now %s", key, orNone(value), orNone(b[key])))
		}
	}
	slices.Sort(list)
	return list, nil
}

func orNone(value any) string {
	if value == nil {
		return "not set"
	}
	return fmt.Sprint(value)
}

// flatten returns a configuration's values by the path of their JSON keys.
func flatten(c train.Config) (map[string]any, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("reproduce: %w", err)
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, fmt.Errorf("reproduce: %w", err)
	}
	flat := map[string]any{}
	var walk func(prefix string, tree map[string]any)
	walk = func(prefix string, tree map[string]any) {
		for key, value := range tree {
			if branch, is := value.(map[string]any); is {
				walk(prefix+key+".", branch)
			} else {
				flat[prefix+key] = value
			}
		}
	}
	walk("", tree)
	return flat, nil
}

// Same reports whether two configurations train the same network with the same
// seed.
func Same(a, b train.Config) (bool, error) {
	a.Seed = b.Seed
	different, err := differences(a, b)
	return len(different) == 0, err
}
