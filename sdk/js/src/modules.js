// The host's modules by the word for each. The build puts the real ones in the place of this file.
export default {};
