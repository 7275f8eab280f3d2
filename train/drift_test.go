package train

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"cocostat/internal/ranks"
	"cocostat/train/model"
	"cocostat/train/torchx"
	"cocostat/train/world"
)

// A process whose numbers are no longer those of the first is named, whichever
// number it is: of the network, or of the optimiser.
func TestDriftEndsTheTraining(t *testing.T) {
	worlds := twoWorlds(t)
	for _, c := range []struct {
		name  string
		spoil func(*learner) torchx.Tensor
		want  string
	}{
		{"nothing", func(*learner) torchx.Tensor { return torchx.Tensor{} }, ""},
		{"a weight", func(l *learner) torchx.Tensor { return l.net.Parameters()[3] }, "after epoch 7 the network of rank 1 is not that of rank 0"},
		{"a moment", func(l *learner) torchx.Tensor {
			moments, err := l.optimiser.Moments(2)
			if err != nil {
				t.Fatal(err)
			}
			return moments[1].Tensor
		}, "after epoch 7 the network of rank 1 is not that of rank 0"},
	} {
		var errs [2]error
		var wg sync.WaitGroup
		for rank, w := range worlds {
			r := &run{Job: &Job{world: w}, learner: tinyLearner(t)}
			r.state.Part.Epoch = 7
			if x := c.spoil(r.learner); rank == 1 && x.T != nil {
				n, err := torchx.Numel(x)
				if err != nil {
					t.Fatal(err)
				}
				numbers := make([]float32, n)
				if err := torchx.Read(x, numbers); err != nil {
					t.Fatal(err)
				}
				numbers[n-1] += 1e-6
				if err := torchx.Write(x, numbers); err != nil {
					t.Fatal(err)
				}
			}
			wg.Go(func() { errs[rank] = r.agree() })
		}
		wg.Wait()
		if errs[1] != nil || (errs[0] == nil) != (c.want == "") || errs[0] != nil && !strings.Contains(errs[0].Error(), c.want) {
			t.Errorf("%s: errors %v, want %q of rank 0", c.name, errs, c.want)
		}
	}
}

func tinyLearner(t *testing.T) *learner {
	t.Helper()
	c := DefaultConfig()
	c.Model = model.Default(model.CenterNet, "mobilenet_v2", 2)
	c.Model.Width, c.Model.Neck, c.Model.HeadChannels = 0.25, []int{8, 8, 8}, 8
	l := &learner{}
	if err := torchx.Step(func() (err error) {
		if l.net, err = placed(c.Model, 1, "cpu"); err != nil {
			return err
		}
		l.optimiser, err = c.newOptimiser(l.net)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.optimiser.Close)
	return l
}

// twoWorlds are two processes, which here are one.
func twoWorlds(t *testing.T) (worlds [2]*world.World) {
	t.Helper()
	port := ranks.FreePort(t)
	ranks.Each(t, len(worlds), func(rank int) (err error) {
		place := &world.Place{Rank: rank, Size: 2, Host: "127.0.0.1", Port: port}
		worlds[rank], err = world.Join(context.Background(), place, world.Options{Timeout: 20 * time.Second}, func(string) string { return "" })
		return err
	})
	t.Cleanup(func() {
		var wg sync.WaitGroup
		for _, w := range worlds {
			wg.Go(w.Close)
		}
		wg.Wait()
	})
	return worlds
}
