package annotations

// mergeBoxes makes Sizes, Boxes, AllBoxes and BoxGrid.
func (m *merger) mergeBoxes(noCrowd bool) {
	m.Sizes, m.Boxes = make([]SizeCounts, len(m.Categories)), make([]BoxSummary, len(m.Categories))
	var late boxStats // of annotations that only now are known to count
	for i, t := range m.tallies {
		rows := m.rows[i]
		m.mergeStats(&t.boxes, rows.class)
		if !noCrowd {
			m.mergeStats(&t.crowds, rows.class)
		}
		for p := range t.pending.all() {
			if class := m.mergePending(t, &p, rows); class >= 0 && !(p.crowd && noCrowd) {
				late.add(class, &p)
			}
		}
	}
	own := make([]int32, len(m.Categories))
	for i := range own {
		own[i] = int32(i)
	}
	m.mergeStats(&late, own)
	for i := range m.Boxes {
		m.AllBoxes.Merge(&m.Boxes[i])
	}
}

// mergeStats adds what was measured. class maps its rows to class indices, -1
// for a category that is listed nowhere.
func (m *merger) mergeStats(b *boxStats, class []int32) {
	b.enter()
	for row, n := range b.sizes {
		if to := class[row]; to >= 0 {
			m.Sizes[to].Small += n[0]
			m.Sizes[to].Medium += n[1]
			m.Sizes[to].Large += n[2]
			m.Boxes[to].Merge(&b.boxes[row])
		}
	}
	for _, s := range b.grid.all() {
		if class[s.class] >= 0 {
			m.BoxGrid[s.image/GridSize][s.image%GridSize] += int64(s.objects)
		}
	}
}

// mergePending checks an annotation of t whose image only another file lists,
// and returns the index of its class, -1 if it does not count.
func (m *merger) mergePending(t *tally, p *measure, rows rowMap) int32 {
	image := rows.image[p.image]
	if image < 0 {
		return -1
	}
	if im := &m.ImageRows[image]; p.leaves(frame{im.Width, im.Height}) {
		m.problems.add(OutsideImage, 1, Example{File: t.file, ID: p.id, Offset: p.offset})
	}
	return rows.class[p.class]
}
