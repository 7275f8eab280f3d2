//go:build !linux

package resident

func ownLimit() Memory { return Memory{} }
