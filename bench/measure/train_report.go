package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// trainReport is what the benchmark of training found.
type trainReport struct {
	began            time.Time
	machine          machine
	revision, torch  string
	threads, workers int
	scenes           []*trainScene
}

// markdown returns the report.
func (r *trainReport) markdown() string {
	var b strings.Builder
	rows := [][2]string{
		{"date", r.began.Format("2 January 2006")},
		{"machine", r.machine.String()},
		{"train", r.revision},
		{"peer", r.torch},
		{"threads", fmt.Sprintf("%d for the network, %d to load images", r.threads, r.workers)},
	}
	for _, s := range r.scenes {
		what := "drawn by cocostat sample"
		if !s.made {
			what = "of " + filepath.Base(filepath.Dir(s.images))
		}
		rows = append(rows, [2]string{fmt.Sprintf("%d×%d", s.size, s.size),
			fmt.Sprintf("%d images %s, batch %d, %d steps an epoch, %d epochs, the first not counted", s.steps*s.batch, what, s.batch, s.steps, trainEpochs)})
	}
	table(&b, rows)
	b.WriteString("\n#### Throughput and memory\n\n")
	b.WriteString("| input | program | images/s | slowest – fastest | ÷ PyTorch | peak MB, all processes | ÷ PyTorch | first process MB | loss | runs |\n")
	b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, s := range r.scenes {
		s.rows(&b)
	}
	b.WriteString("\n#### Where the time of train goes\n\n")
	r.phaseTable(&b)
	return b.String()
}

// rows writes a row for each program of a scene.
func (s *trainScene) rows(b *strings.Builder) {
	peer := s.fastestPeer()
	for _, p := range s.programs {
		fmt.Fprintf(b, "| %d×%d, batch %d | %s |", s.size, s.size, s.batch, p.name)
		if p.failure() != nil {
			word := "failed: "
			if p.why != nil {
				word = "left out: "
			}
			fmt.Fprintf(b, " %s |%s\n", word+cell(p.failure()), strings.Repeat(" |", 7))
			continue
		}
		rates, m := p.rates(), p.median()
		fast, small := "?", "?"
		if peer != nil {
			fast = fmt.Sprintf("%.2f", m.rate()/peer.median().rate())
			small = fmt.Sprintf("%.2f", float64(p.peakAll())/float64(peer.peakAll()))
		}
		fmt.Fprintf(b, " %.2f | %.2f – %.2f | %s | %.0f | %s | %.0f | %.3f | %d |\n", m.rate(), rates[0], rates[len(rates)-1], fast,
			megabytes(p.peakAll()), small, megabytes(m.peak), m.epochs[trainEpochs-1].heatmap, len(p.runs))
	}
}

// fastestPeer returns the program of PyTorch with the most images per second,
// or nil if none ran.
func (s *trainScene) fastestPeer() (best *trainProgram) {
	for _, p := range s.programs[1:] {
		if p.failure() == nil && (best == nil || p.median().rate() > best.median().rate()) {
			best = p
		}
	}
	return best
}

// rates returns the images per second of the runs in ascending order.
func (p *trainProgram) rates() []float64 {
	var rates []float64
	for _, r := range p.runs {
		rates = append(rates, r.rate())
	}
	slices.Sort(rates)
	return rates
}

// median returns the run with the middle throughput.
func (p *trainProgram) median() trainRun {
	runs := slices.Clone(p.runs)
	slices.SortFunc(runs, func(a, b trainRun) int {
		switch {
		case a.rate() < b.rate():
			return -1
		case a.rate() > b.rate():
			return 1
		}
		return 0
	})
	return runs[len(runs)/2]
}

// peakAll is the middle of the runs' peaks, all processes together.
func (p *trainProgram) peakAll() int64 {
	var all []measured
	for _, r := range p.runs {
		all = append(all, r.measured)
	}
	return middle(all, func(m measured) int64 { return m.all })
}

// phaseTable writes the milliseconds an image of each phase.
func (r *trainReport) phaseTable(b *strings.Builder) {
	b.WriteString("| ms an image |")
	rule := "|---|"
	for _, s := range r.scenes {
		fmt.Fprintf(b, " %d×%d, batch %d | part |", s.size, s.size, s.batch)
		rule += "--:|--:|"
	}
	b.WriteString("\n" + rule + "\n")
	for _, phase := range []struct {
		name string
		of   func(*trainTimes) float64
	}{
		{"waiting for images", func(t *trainTimes) float64 { return t.Waiting }},
		{"batch into tensors, garbage", func(t *trainTimes) float64 { return t.Copying }},
		{"forward", func(t *trainTimes) float64 { return t.Forward }},
		{"loss", func(t *trainTimes) float64 { return t.Loss }},
		{"backward", func(t *trainTimes) float64 { return t.Backward }},
		{"optimiser", func(t *trainTimes) float64 { return t.Optimiser }},
		{"progress, checkpoints", func(t *trainTimes) float64 { return t.Other }},
		{"beside it, the loader: reading and decoding", func(t *trainTimes) float64 { return t.Decoding }},
		{"augmenting", func(t *trainTimes) float64 { return t.Augmenting }},
		{"targets", func(t *trainTimes) float64 { return t.Targets }},
	} {
		fmt.Fprintf(b, "| %s |", phase.name)
		for _, s := range r.scenes {
			b.WriteString(s.phase(phase.of))
		}
		b.WriteString("\n")
	}
}

// phase returns two cells: milliseconds an image, and the part of all time.
func (s *trainScene) phase(of func(*trainTimes) float64) string {
	ours := s.programs[0]
	if ours.failure() != nil {
		return " ? | ? |"
	}
	images, seconds, all := 0, 0.0, 0.0
	for _, e := range ours.median().epochs[1:] {
		if e.times == nil {
			return " ? | ? |"
		}
		images += e.images
		seconds += of(e.times)
		all += e.seconds
	}
	return fmt.Sprintf(" %.2f | %.1f %% |", 1000*seconds/float64(images), 100*seconds/all)
}
