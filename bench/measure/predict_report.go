package main

import (
	"fmt"
	"slices"
	"strings"
)

// markdown returns the tables of a report.
func (r *predictReport) markdown() string {
	var b strings.Builder
	b.WriteString("| | |\n|---|---|\n")
	for _, row := range [][2]string{
		{"date", r.began.Format("2 January 2006")},
		{"machine", r.machine.String()},
		{"train", r.revision},
		{"peer", r.peer},
		{"threads", fmt.Sprintf("%d of the network, %d to load images", r.threads, r.workers)},
		{"input", fmt.Sprintf("%d×%d, batch %d", r.data.size, r.data.size, r.data.batch)},
	} {
		fmt.Fprintf(&b, "| %s | %s |\n", row[0], row[1])
	}
	b.WriteString("\n| network | program | images/s | slowest – fastest | ÷ training's forward pass | ÷ PyTorch | peak MB | runs |\n|---|---|--:|--:|--:|--:|--:|--:|\n")
	for _, s := range r.scenes {
		s.rows(&b)
	}
	return b.String()
}

// rows writes the rows of a scene.
func (s *predictScene) rows(b *strings.Builder) {
	if err := s.training.failure(); err != nil {
		fmt.Fprintf(b, "| %s | training | failed: %s | | | | | |\n", s.network.title, cell(err))
		return
	}
	forward := s.training.forwardRates()
	fmt.Fprintf(b, "| %s | forward pass of training | %s | | | | %d |\n", s.network.title, spread(forward), len(forward))
	peer := 0.0
	for _, p := range s.programs {
		if p.peer && p.failure() == nil {
			peer = max(peer, slices.Max(p.rates()))
		}
	}
	for _, p := range s.programs {
		if err := p.failure(); err != nil {
			fmt.Fprintf(b, "| %s | %s | failed: %s | | | | | |\n", s.network.title, p.name, cell(err))
			continue
		}
		rates, beside := p.rates(), "?"
		best := slices.Max(rates)
		if peer > 0 {
			beside = fmt.Sprintf("%.2f", best/peer)
		}
		most := int64(0)
		for _, run := range p.runs {
			most = max(most, run.all)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %.2f | %s | %.0f | %d |\n", s.network.title, p.name, spread(rates), best/slices.Max(forward), beside, megabytes(most), len(p.runs))
	}
}

// spread writes the highest of some rates, and the lowest and the highest.
func spread(rates []float64) string {
	return fmt.Sprintf("%.2f | %.2f – %.2f", slices.Max(rates), slices.Min(rates), slices.Max(rates))
}

func (p *predictProgram) rates() (rates []float64) {
	for _, r := range p.runs {
		rates = append(rates, r.rate)
	}
	return rates
}

// forwardRates returns the images per second of the forward pass in each run, the
// first epoch left out.
func (p *trainProgram) forwardRates() (rates []float64) {
	for _, r := range p.runs {
		images, seconds := 0, 0.0
		for _, e := range r.epochs[1:] {
			images += e.images
			seconds += e.times.Forward
		}
		rates = append(rates, float64(images)/seconds)
	}
	return rates
}
