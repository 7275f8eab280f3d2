package torchx_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"cocostat/internal/ranks"
	"cocostat/train/torchx"
)

// groups makes a group of n processes, which here are goroutines.
func groups(t *testing.T, n int) []*torchx.Group {
	t.Helper()
	port := ranks.FreePort(t)
	all := make([]*torchx.Group, n)
	ranks.Each(t, n, func(rank int) error {
		s, err := torchx.NewStore("127.0.0.1", port, "test", rank == 0, 20*time.Second)
		if err != nil {
			return err
		}
		all[rank], err = torchx.NewGroup(s, torchx.Member{Rank: rank, Size: n, Address: "127.0.0.1"}, 20*time.Second)
		return err
	})
	return all
}

// Gradients are summed, also where only one process has any and where none has,
// extras too; and a running statistic is what one process makes of all batches in
// turn: with momentum 0.1 and the batches' values 1, 2, 3 after 10 it is, by hand,
// ((10·0.9 + 0.1)·0.9 + 0.2)·0.9 + 0.3 = 7.851.
func TestReducer(t *testing.T) {
	const n = 2
	all := groups(t, n)
	sums := make([][3]float64, n)
	statistics := make([]float32, n)
	steps := make(chan struct{}, 1)
	steps <- struct{}{} // libtorch's Step is for one goroutine at a time
	batches := [][]float32{{1, 2}, {3}}
	ranks.Each(t, n, func(rank int) error {
		parameters := []torchx.Tensor{leaf(t, []float32{1}, 1), leaf(t, []float32{2}, 1), leaf(t, []float32{3}, 1)}
		statistic := floats(t, []float32{10}, 1)
		share := torchx.Share{Own: len(batches[rank]), Later: 1 - rank, All: 3}
		r, err := torchx.NewReducer(all[rank], parameters, []torchx.Running{{Tensor: statistic, Momentum: 0.1}}, share, 2)
		if err != nil {
			return err
		}
		<-steps
		err = torchx.Step(func() error {
			if err := r.Arm(); err != nil {
				return err
			}
			used := parameters[:1] // of both
			if rank == 1 {
				used = parameters[:2]
			}
			factors := []float32{float32(10 + rank), 5}[:len(used)]
			return torchx.Backward(torchx.WeightedSum(used, factors))
		})
		steps <- struct{}{}
		if err != nil {
			return err
		}
		value := float32(10)
		for _, b := range batches[rank] {
			value = 0.9*value + 0.1*b
		}
		if err := torchx.Write(statistic, []float32{value}); err != nil {
			return err
		}
		extras := []float32{float32(rank), 1}
		if err := r.Start(extras); err != nil {
			return err
		}
		if err := r.Wait(); err != nil {
			return err
		}
		if err := r.Finish(extras); err != nil {
			return err
		}
		if extras[0] != 1 || extras[1] != 2 {
			return fmt.Errorf("extras %v", extras)
		}
		for i, p := range parameters {
			var g [1]float32
			has, err := torchx.Gradient(p, g[:])
			if err != nil {
				return err
			}
			if sums[rank][i] = float64(g[0]); !has {
				sums[rank][i] = math.NaN()
			}
		}
		statistics[rank], err = torchx.Scalar(statistic)
		return err
	})
	for rank := range n {
		if s := sums[rank]; s[0] != 21 || s[1] != 5 || !math.IsNaN(s[2]) {
			t.Errorf("rank %d has gradients %v, want 21, 5 and none", rank, s)
		}
		if math.Abs(float64(statistics[rank])-7.851) > 1e-6 || statistics[rank] != statistics[0] {
			t.Errorf("rank %d has the statistic %v", rank, statistics[rank])
		}
	}
}

func TestBroadcast(t *testing.T) {
	const n = 3
	all := groups(t, n)
	ranks.Each(t, n, func(rank int) error {
		a := floats(t, []float32{float32(rank) + 7}, 1)
		b, err := torchx.FromFloats([]float32{float32(rank), 1, 2, 3}, []int64{1, 2, 1, 2}, "cpu", torchx.ChannelsLast)
		if err != nil {
			return err
		}
		if err := all[rank].Broadcast([]torchx.Tensor{a, b}); err != nil {
			return err
		}
		var got [5]float32
		if err := torchx.Read(a, got[:1]); err != nil {
			return err
		}
		if err := torchx.Read(b, got[1:]); err != nil {
			return err
		}
		if got != [5]float32{7, 0, 1, 2, 3} {
			return fmt.Errorf("got %v", got)
		}
		return nil
	})
}
