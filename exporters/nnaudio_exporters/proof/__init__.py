"""Does a file compute what its module computes?"""
